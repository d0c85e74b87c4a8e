import { z } from 'zod'
import type { Judging } from '../../src/check.ts'
import type { HttpAnswer } from '../../src/probes/http.ts'

const modelSchema = z.looseObject({ model_id: z.string().optional(), node_location: z.string().optional() })
const listSchema = z.object({
  total_models: z.int(),
  models: z.array(modelSchema),
  nodes: z.record(z.string(), z.unknown()),
})

const completeModel = z.object({
  model_id: z.string().min(1),
  model_name: z.string().min(1),
  tier: z.string().min(1),
  node_location: z.string().min(1),
  max_context_tokens: z.int().positive(),
  specialized_for: z.array(z.string().min(1)),
  endpoint_url: z.url(),
})

/** The answer to GET /models/available; fails the check where it is another status or no such list. */
export function modelList(answer: HttpAnswer, expect: Judging['expect']): z.infer<typeof listSchema> {
  expect(answer.status, `status of GET /models/available, which answered ${answer.body.slice(0, 200)}`).toBe(200)
  const parsed = listSchema.safeParse(answer.json)
  expect(parsed.success ? '' : z.prettifyError(parsed.error), 'what the list of models lacks').toBe('')
  return listSchema.parse(answer.json)
}

/** What a model lacks, one sentence a field. */
export function modelProblems(model: z.infer<typeof modelSchema>): string[] {
  const parsed = completeModel.safeParse(model)
  if (parsed.success) return []
  return parsed.error.issues.map(
    ({ path, message }) => `${model.model_id ?? 'a model without id'}: ${path.join('.')}: ${message}`,
  )
}
