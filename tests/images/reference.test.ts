import { describe, expect, it } from 'vitest'
import { referenceOf } from '../../src/images/reference.ts'

const digest = `sha256:${'0'.repeat(64)}`

describe('referenceOf', () => {
  it.each([
    [`postgres:15.18@${digest}`, 'docker.io', '15.18', digest],
    ['prom/prometheus:v3.5.0', 'docker.io', 'v3.5.0', undefined],
    [`quay.io/some/exporter:v1@${digest}`, 'quay.io', 'v1', digest],
    ['registry.example.test:5000/app:1.0', 'registry.example.test:5000', '1.0', undefined],
    ['localhost/app:1', 'localhost', '1', undefined],
  ])('reads %s', (text, registry, tag, pinned) => {
    expect(referenceOf(text)).toEqual({ text, registry, tag, digest: pinned })
  })

  it.each(['postgres', 'postgres@sha256:abc', `postgres:15@${digest} AS one`, '$BASE', ''])('refuses %s', (text) => {
    expect(referenceOf(text)).toBeUndefined()
  })
})
