import { z } from 'zod'

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const scalars = z.array(scalar)

/** A list of `NAME=value`, or a map; a name without value is taken from the shell, and empty here. */
const mapping = z.union([
  z.record(
    z.string(),
    scalar.nullable().transform((value) => value ?? ''),
  ),
  z.array(z.string()).transform((entries) =>
    Object.fromEntries(
      entries.map((entry) => {
        const end = entry.indexOf('=')
        return end < 0 ? [entry, ''] : [entry.slice(0, end), entry.slice(end + 1)]
      }),
    ),
  ),
])

/** A list of names, or a map whose keys are the names. */
const names = z.union([z.array(z.string()), z.record(z.string(), z.unknown()).transform(Object.keys)])

const port = z.union([scalar, z.looseObject({ target: scalar, published: scalar.default(''), host_ip: z.string().default('') })])
const mount = z.union([z.string(), z.looseObject({ source: z.string().default(''), target: z.string() })])
const secret = z.union([z.string(), z.looseObject({ source: z.string() }).transform(({ source }) => source)])
const envFile = z.union([z.string(), z.looseObject({ path: z.string() }).transform(({ path }) => path)])

/** One service as a compose file writes it, in every form that its specification allows for what is read here. */
export const serviceSchema = z.looseObject({
  image: z.string().optional(),
  build: z.unknown().optional(),
  ports: z.array(port).default([]),
  env_file: z.union([envFile.transform((file) => [file]), z.array(envFile)]).default([]),
  environment: mapping.default({}),
  mem_limit: scalar.optional(),
  cpus: scalar.optional(),
  deploy: z
    .looseObject({
      resources: z
        .looseObject({ limits: z.looseObject({ memory: scalar.optional(), cpus: scalar.optional() }).optional() })
        .optional(),
    })
    .optional(),
  healthcheck: z.looseObject({ test: z.union([z.string(), scalars]).optional(), disable: z.boolean().default(false) }).optional(),
  depends_on: z
    .union([
      z.array(z.string()).transform((services) => Object.fromEntries(services.map((service) => [service, 'service_started']))),
      z
        .record(z.string(), z.looseObject({ condition: z.string().default('service_started') }))
        .transform((services) => Object.fromEntries(Object.entries(services).map(([name, { condition }]) => [name, condition]))),
    ])
    .default({}),
  privileged: z.boolean().default(false),
  pid: z.string().default(''),
  network_mode: z.string().default(''),
  logging: z.looseObject({ driver: z.string().default(''), options: z.record(z.string(), scalar).default({}) }).optional(),
  restart: scalar.default(''),
  volumes: z.array(mount).default([]),
  networks: names.default([]),
  secrets: z.array(secret).default([]),
  profiles: z.array(z.string()).default([]),
})
export type ServiceSource = z.output<typeof serviceSchema>

/** The top level of a compose file; a section may be empty. */
export const composeSchema = z.looseObject({
  name: z.string().default(''),
  services: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.unknown()).nullish(),
  volumes: z.record(z.string(), z.unknown()).nullish(),
  secrets: z.record(z.string(), z.unknown()).nullish(),
})
