import type { HttpOptions } from '../../src/probes/http.ts'

/** What nobody may ask without the API key: service, method and path. */
export const PROTECTED: readonly { readonly service: string; readonly method: HttpOptions['method']; readonly path: string }[] = [
  { service: 'hook-receiver', method: 'POST', path: '/hooks' },
  { service: 'hook-receiver', method: 'GET', path: '/sessions' },
  { service: 'model-metrics', method: 'GET', path: '/lab/health' },
  { service: 'model-metrics', method: 'GET', path: '/models/available' },
]
