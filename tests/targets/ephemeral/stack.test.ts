import { describe, expect, it } from 'vitest'
import type { PartPlan } from '../../../src/targets/ephemeral/part-plan.ts'
import { startStack } from '../../../src/targets/ephemeral/stack.ts'

function plan(name: string, ...needs: string[]): PartPlan {
  return {
    name,
    needs,
    aliases: [],
    module: undefined,
    command: undefined,
    environment: {},
    files: [],
    binds: [],
    ports: [],
    health: undefined,
    memory: 0,
    cpus: 0,
    user: '',
    pidMode: '',
    restart: '',
    securityOptions: [],
    logDriver: 'json-file',
    logOptions: {},
    deadlineMs: 1_000,
  }
}

function stackOf(plans: readonly PartPlan[], broken: readonly string[] = [], signal = new AbortController().signal) {
  const order: string[] = []
  const failures = startStack({
    plans,
    signal,
    steps: {
      tables: {
        needs: ['base'],
        run: async () => void order.push('tables'),
      },
    },
    absent: new Map([['lost', 'no image']]),
    onProgress: () => undefined,
    async start({ name }) {
      order.push(name)
      if (broken.includes(name)) throw new Error(`${name} broke`)
    },
  })
  return { order, failures }
}

describe('the start of a stack', () => {
  it('goes along the dependencies, through the steps in between', async () => {
    const { order, failures } = stackOf([plan('front', 'service'), plan('service', 'tables'), plan('base')])
    expect(await failures).toEqual(new Map([['lost', { root: 'lost', reason: 'no image' }]]))
    expect(order).toEqual(['base', 'tables', 'service', 'front'])
  })

  it('does not start what needs a part that failed, and says which one it was', async () => {
    const { order, failures } = stackOf(
      [plan('front', 'service'), plan('service', 'tables'), plan('base'), plan('other')],
      ['base'],
    )
    const reasons = await failures
    expect(order).toEqual(['base', 'other'])
    expect([...reasons.keys()]).toEqual(['lost', 'base', 'tables', 'service', 'front'])
    expect(reasons.get('front')).toEqual({ root: 'base', reason: 'base broke' })
  })

  it('starts nothing after it was called off', async () => {
    const controller = new AbortController()
    controller.abort(new Error('called off'))
    const { order, failures } = stackOf([plan('base')], [], controller.signal)
    await expect(failures).rejects.toThrow('called off')
    expect(order).toEqual([])
  })
})
