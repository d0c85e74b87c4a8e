import { check } from '../../src/check.ts'
import { http } from '../../src/probes/http.ts'
import type { Target } from '../../src/targets/target.ts'
import { endpointRequest } from '../support/endpoint.ts'
import { modelList, modelProblems } from '../support/model-list.ts'
import { publicEndpoint } from '../support/public-endpoint.ts'

const available = (target: Target) =>
  http({ ...endpointRequest(target, publicEndpoint(target, 'model-metrics')), path: '/models/available', apiKey: 'apiKey' })

check(
  'POST-33',
  'model-metrics, asked with the API key, offers at least one model.',
  available,
  (answer, { expect, atLeast }) => {
    const { total_models } = modelList(answer, expect)
    expect(total_models, 'total_models').toBeGreaterThanOrEqual(atLeast('models.total', 1, 'models'))
  },
)

check(
  'POST-34',
  'The number of models that model-metrics states is the number of models that it lists, each once.',
  available,
  (answer, { expect }) => {
    const { total_models, models } = modelList(answer, expect)
    const ids = new Set(models.map((model, index) => model.model_id ?? `nameless ${index}`))
    expect({ listed: models.length, different: ids.size }, 'models listed').toEqual({
      listed: total_models,
      different: total_models,
    })
  },
)

check(
  'POST-35',
  'Every listed model is complete: id, name, tier, location, context size above 0, specialities, and an address that is a URL.',
  available,
  (answer, { expect }) => {
    const { models } = modelList(answer, expect)
    expect(models, 'models listed').not.toEqual([])
    expect(models.flatMap(modelProblems), 'what models lack').toEqual([])
  },
)

check(
  'POST-36',
  'Every model that the target expects is listed, and every listed model is on a node that is listed too.',
  available,
  (answer, { target, expect }) => {
    const { models, nodes } = modelList(answer, expect)
    const ids = models.map(({ model_id }) => model_id)
    const missing = target.spec.names.models.filter((id) => !ids.includes(id)).map((id) => `${id} is not listed`)
    const homeless = models
      .filter(({ node_location }) => node_location === undefined || !(node_location in nodes))
      .map(({ model_id, node_location }) => `${model_id} is on ${node_location}, which is no listed node`)
    expect(Object.keys(nodes), 'nodes listed').not.toEqual([])
    expect([...missing, ...homeless], 'models that are missing or nowhere').toEqual([])
  },
)
