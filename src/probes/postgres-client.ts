import type { Client, ClientConfig } from 'pg'
import { tame } from './tame.ts'

/** The driver's client, whose connection no server can flood or break from within, with TLS or without. Loaded when first asked for. */
export async function tamedClient(): Promise<new (config?: string | ClientConfig) => Client> {
  const { default: pg } = await import('pg')
  return class extends pg.Client {
    constructor(config?: string | ClientConfig) {
      super(config)
      const { connection } = this
      tame(connection.stream)
      connection.once('sslconnect', () => tame(connection.stream))
    }
  }
}
