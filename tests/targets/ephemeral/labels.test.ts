import { describe, expect, it } from 'vitest'
import { PortReservations } from '../../../src/ports.ts'
import { isLeftOver, OWNER_LABEL, runLabels } from '../../../src/targets/ephemeral/labels.ts'

describe('the labels of a run', () => {
  it('tell that the run is not left over while its process lives', () => {
    expect(isLeftOver(runLabels('a', false))).toBe(false)
  })

  it('tell that it is once the process is gone, though its pid was given away again', () => {
    const labels = runLabels('a', false)
    expect(isLeftOver({ ...labels, [OWNER_LABEL]: `${labels[OWNER_LABEL]}0` })).toBe(true)
    expect(isLeftOver({ ...labels, [OWNER_LABEL]: (labels[OWNER_LABEL] ?? '').replace(/\/\d+\//, '/999999999/') })).toBe(true)
  })

  it('keep what somebody wanted to keep, and what another host answers for', () => {
    const labels = runLabels('a', true)
    expect(isLeftOver({ ...labels, [OWNER_LABEL]: `${labels[OWNER_LABEL]}0` })).toBe(false)
    expect(isLeftOver({ [OWNER_LABEL]: 'elsewhere/1/1' })).toBe(false)
    expect(isLeftOver({})).toBe(false)
  })
})

describe('port reservations', () => {
  it('give every port once, and let go of it when asked', async () => {
    const mine = new PortReservations()
    const ports = await Promise.all(Array.from({ length: 20 }, () => mine.reserve()))
    expect(new Set(ports).size).toBe(20)
    await mine.release(ports.slice(0, 1))
    await mine.close()
  })
})
