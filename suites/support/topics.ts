import type { Target } from '../../src/targets/target.ts'

/** The topic of the runbook's own messages: the synthetic action in the words of topic names, underscores as hyphens. */
export function syntheticTopic({ spec: { names, synthetic } }: Target): string {
  return `${names.topicPrefix}${synthetic.action.toLowerCase().replaceAll('_', '-')}.v1`
}

/** Every topic that must exist: those that the target file names, and the one of the runbook's own messages. */
export function expectedTopics(target: Target): string[] {
  return [...new Set([...target.spec.names.topics, syntheticTopic(target)])]
}
