import { describe, expect, it } from 'vitest'
import { mirrorLines } from '../../src/images/base.ts'

const targets = [
  'Debian bookworm http://mirror.example.test/debian/',
  'Debian bookworm http://mirror.example.test/debian/',
  'Debian bookworm-security http://mirror.example.test/security/',
  'Elsewhere bookworm http://other.example.test/',
]

describe('mirrorLines', () => {
  it('takes release and security fixes from this machine’s own mirrors', () => {
    expect(mirrorLines('bookworm', targets, '/keys.gpg')).toEqual([
      'deb [signed-by=/keys.gpg] http://mirror.example.test/debian/ bookworm main',
      'deb [signed-by=/keys.gpg] http://mirror.example.test/security/ bookworm-security main',
    ])
  })
  it('takes nothing from a machine with another release, or from a mirror that a container cannot reach', () => {
    expect(mirrorLines('trixie', targets, undefined)).toEqual([])
    expect(mirrorLines('bookworm', ['Debian bookworm file:/srv/mirror'], undefined)).toEqual([])
  })
})
