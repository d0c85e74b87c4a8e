import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { BaseOptions } from '@platformatic/kafka'
import type { Session } from '../probe.ts'
import type { KafkaSpec } from '../targets/schema.ts'
import { clientTls } from './client-tls.ts'
import { secretVariable, splitHostPort } from './reproduce.ts'

const SECRET = 'kafka.sasl.password'

/** How a client encrypts its connections and proves who it is; `advertised` are names that brokers were found to have. */
export async function security(
  { tls, sasl, ...spec }: KafkaSpec,
  session: Session,
  advertised: ReadonlySet<string>,
): Promise<Pick<BaseOptions, 'tls' | 'sasl'>> {
  return {
    ...(tls === true && { tls: await tlsOf(spec, advertised) }),
    ...(sasl && { sasl: { mechanism: sasl.mechanism, username: sasl.user, password: session.secret(SECRET) } }),
  }
}

/**
 * A broker's certificate is good for the name that the broker has, wherever the target file sends us to reach it: for one of
 * those that lead to the address connected to, or for that address itself.
 */
async function tlsOf(spec: Omit<KafkaSpec, 'tls' | 'sasl'>, advertised: ReadonlySet<string>): Promise<ConnectionOptions> {
  const moved = Object.keys(spec.overrides)
    .filter((told) => told !== '*')
    .map((told) => splitHostPort(told).host)
  return {
    ...(await clientTls(spec)),
    checkServerIdentity(connectedTo: string, certificate: PeerCertificate) {
      const names = spec.serverName === undefined ? [...moved, ...advertised, connectedTo] : [spec.serverName]
      const failures = names.map((name) => checkServerIdentity(name, certificate))
      return failures.includes(undefined) ? undefined : failures[0]
    },
  }
}

/** The option that hands the broker's own tools the same; the shell makes the file and forgets it. */
export function commandConfig({ tls, sasl, ca, clientCertificate }: KafkaSpec, option = '--command-config'): string {
  if (tls !== true && sasl === undefined) return ''
  const properties = [
    `security.protocol=${sasl === undefined ? 'SSL' : tls ? 'SASL_SSL' : 'SASL_PLAINTEXT'}`,
    ...(ca === undefined ? [] : ['ssl.truststore.type=PEM', `ssl.truststore.location=${ca}`]),
    ...(clientCertificate === undefined
      ? []
      : [`ssl.keystore.type=PEM`, `ssl.keystore.location=${clientCertificate.certificate}`]),
    ...(sasl === undefined ? [] : [`sasl.mechanism=${sasl.mechanism}`]),
  ]
  const module = sasl?.mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
  const login =
    sasl === undefined
      ? ''
      : ` "sasl.jaas.config=org.apache.kafka.common.security.${module} required username='${sasl.user}' password='"${secretVariable(SECRET)}"';"`
  return ` ${option} <(printf '%s\\n' ${properties.map((one) => `'${one}'`).join(' ')}${login})`
}
