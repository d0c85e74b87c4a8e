import { describe, expect, it } from 'vitest'
import { cutSections } from '../../src/host/frame.ts'

describe('cutting the collector’s answer', () => {
  it('takes rows, files and evidence apart', () => {
    const answer = [
      '@@n begin\tone',
      'a\tb',
      '',
      '@@n text\t/etc/x',
      'first',
      'second',
      '',
      '@@n eof',
      '@@n end\tone',
      '@@n done',
    ].join('\n')
    expect(cutSections(answer, 'n').get('one')).toEqual({
      rows: [['a', 'b']],
      files: [{ path: '/etc/x', text: 'first\nsecond\n' }],
      text: 'a\tb\n\n--- /etc/x\nfirst\nsecond',
      failure: null,
      complete: true,
    })
  })

  it('lets no file forge a mark of another round trip', () => {
    const answer = [
      '@@real begin\tone',
      '@@real text\t/x',
      '@@fake end\tone',
      '@@fake fail\tlies',
      '@@real eof',
      '@@real end\tone',
    ].join('\n')
    const section = cutSections(answer, 'real').get('one')
    expect(section?.failure).toBeNull()
    expect(section?.files).toEqual([{ path: '/x', text: '@@fake end\tone\n@@fake fail\tlies' }])
  })

  it('keeps the first failure and tells a section that broke off', () => {
    const answer = [
      '@@n begin\tone',
      '@@n fail\twhy\twhat to do',
      '@@n fail\tlater\t',
      '@@n end\tone',
      '@@n begin\ttwo',
      'a',
    ].join('\n')
    const sections = cutSections(answer, 'n')
    expect(sections.get('one')?.failure).toEqual({ reason: 'why', remedy: 'what to do' })
    expect(sections.get('two')?.complete).toBe(false)
    expect(sections.has('three')).toBe(false)
  })
})
