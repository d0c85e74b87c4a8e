import { describe, expect, it } from 'vitest'
import { firstWay, type Situation, withoutRegistry } from '../../src/images/decide.ts'

const nothing: Situation = { standInsOnly: false, hasUpstream: false, hasStandIn: false, canStandIn: true }

describe('firstWay', () => {
  it('uses the upstream image that is there', () => {
    expect(firstWay({ ...nothing, hasUpstream: true, hasStandIn: true })).toBe('use-upstream')
  })
  it('asks the registry although a stand-in is there', () => {
    expect(firstWay({ ...nothing, hasStandIn: true })).toBe('fetch-upstream')
  })
  it('never takes an upstream image where only stand-ins are wanted', () => {
    expect(firstWay({ ...nothing, standInsOnly: true, hasUpstream: true })).toBe('build-stand-in')
  })
})

describe('withoutRegistry', () => {
  it('uses the stand-in that is there', () => expect(withoutRegistry({ ...nothing, hasStandIn: true })).toBe('use-stand-in'))
  it('builds the one that is not', () => expect(withoutRegistry(nothing)).toBe('build-stand-in'))
  it('knows when there is no way', () => expect(withoutRegistry({ ...nothing, canStandIn: false })).toBe('none'))
})
