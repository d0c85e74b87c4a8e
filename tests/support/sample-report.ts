import { countsOf, coverageOf, NOT_SELECTED } from '../../src/report/assemble.ts'
import type { CheckEntry, Evidence, Report } from '../../src/report/model.ts'

/** What a hostile target may answer: markup, a script, terminal control, a bidi override, characters that XML forbids. */
export const NASTY =
  '</pre><script>alert("x")</script> \u001b[31mred\u001b[0m \u202Etxt.exe\u202C & "quoted" `tick` ]]> \u0000 @everyone #1 $(x)'

const START = '2026-11-24T10:15:00.000Z'

const ON_CALL = {
  level: 1,
  name: 'Service issue',
  contact: 'On-call engineer',
  responseTime: '15 minutes',
  channels: ['Slack #bridge-alerts', 'PagerDuty bridge-prod'],
}
const LEAD = {
  level: 2,
  name: 'System down',
  contact: 'Platform team lead',
  responseTime: '5 minutes',
  channels: ['PagerDuty bridge-prod'],
}

/** An evidence, a plain healthy one unless told otherwise. */
export function evidence(part: Partial<Evidence> = {}): Evidence {
  return {
    probe: 'http',
    access: 'GET /health on hook-receiver (127.0.0.1:8001)',
    reproduce: 'curl -sS -i http://127.0.0.1:8001/health',
    raw: 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"status":"healthy","dependencies":{"kafka":{"status":"healthy"},"postgres":{"status":"healthy"}},"version":"1.4.2"}',
    origin: 'real',
    startedAt: '2026-11-24T10:15:01.250Z',
    ms: 12.4,
    attempt: 1,
    ...part,
  }
}

/** An entry, a passed one unless told otherwise. */
export function entry(part: Partial<CheckEntry> & Pick<CheckEntry, 'id'>): CheckEntry {
  return {
    title: `Line ${part.id} holds on every host of the target.`,
    suite: 'preflight',
    section: 'System Requirements',
    severity: 'major',
    when: ['before', 'monthly'],
    effects: ['read'],
    outcome: 'passed',
    reason: '',
    cause: null,
    durationMs: 14.2,
    failure: null,
    limits: [],
    evidence: [evidence()],
    waiver: null,
    attestation: null,
    remedy: 'Look at the evidence, then run the reproduce line by hand on the host.\n\n```sh\nsystemctl status bridge\n```',
    escalation: ON_CALL,
    ...part,
  }
}

const UNREACHABLE = {
  id: 'unreachable:10.0.4.12:9092',
  text: 'no answer from 10.0.4.12:9092 within 5000 ms (connect): the broker is down or a firewall drops the packets; try `nc -vz 10.0.4.12 9092` from the same machine',
}

const failed = (): CheckEntry[] => [
  entry({
    id: 'PRE-11',
    title: 'Every service certificate chains to the installed CA, names its public host and is good for at least 21 days.',
    section: 'TLS/SSL Configuration',
    severity: 'critical',
    outcome: 'failed',
    reason: 'certificates: expected [ …(2) ] to deeply equal []',
    failure: {
      message: 'every certificate is valid, long enough and of the right name: expected [ Array(2) ] to deeply equal []',
      expected: '[]',
      actual: JSON.stringify([
        'hooks.example.test: 6 days left (until 2026-11-30), expected at least 21',
        'metrics.example.test: names only metrics.internal, not metrics.example.test',
      ]),
    },
    limits: [{ name: 'certificate.daysLeft', unit: 'days', value: 21, default: 21, source: 'runbook' }],
    evidence: [
      evidence({
        probe: 'tls',
        access: 'TLS handshake on hooks.example.test (203.0.113.7:443)',
        reproduce:
          'openssl s_client -connect hooks.example.test:443 -servername hooks.example.test </dev/null | openssl x509 -noout -dates -ext subjectAltName',
        raw: 'subject=CN=hooks.example.test\nissuer=CN=Bridge CA\nnotBefore=2025-11-30 00:00:00Z\nnotAfter=2026-11-30 00:00:00Z\nX509v3 Subject Alternative Name: DNS:hooks.example.test\nserial=4F:2A:91',
        ms: 41.7,
      }),
    ],
    remedy:
      'Renew the certificate with the CA and reload the gateway; no service needs a restart.\n\n```sh\nsudo certbot renew --cert-name hooks.example.test\nsudo nginx -t && sudo systemctl reload nginx\n```\n\nThen run `npm test -- --check=PRE-11` again.',
  }),
  entry({
    id: 'POST-04',
    title: 'The hook receiver stores every accepted hook exactly once.',
    suite: 'postdeploy',
    section: 'Functional Validation',
    severity: 'critical',
    when: ['after'],
    effects: ['read', 'synthetic-write'],
    outcome: 'failed',
    reason: `answer: ${NASTY}`,
    failure: {
      message: `the row of the posted hook: expected undefined to be defined\n${NASTY}`,
      expected: 'one row',
      actual: NASTY,
    },
    evidence: [
      evidence({
        access: 'POST /hooks on hook-receiver (127.0.0.1:8001)',
        reproduce: 'curl -sS -H "X-API-Key: $API_KEY" -d @hook.json http://127.0.0.1:8001/hooks',
        raw: `HTTP/1.1 200 OK\r\n\r\n{"success":true,"message":"${NASTY}"}`,
        ms: 8.1,
      }),
      evidence({
        probe: 'postgres',
        access: 'SELECT … FROM hook_events WHERE id = $1 on postgres (127.0.0.1:5432)',
        reproduce:
          'psql "host=127.0.0.1 dbname=bridge" -c "select * from hook_events where id = \'0198c0de-0000-7000-8000-000000000001\'"',
        raw: '(0 rows)',
        ms: 3.2,
        attempt: 2,
      }),
    ],
    escalation: LEAD,
  }),
  entry({
    id: 'PERF-02',
    title: 'The hook receiver answers 95 of 100 requests within its objective under the standard load.',
    suite: 'performance',
    section: 'Load Testing',
    severity: 'major',
    when: ['after', 'nightly'],
    effects: ['load'],
    outcome: 'failed',
    reason: 'p95 of 100 requests: expected 312.4 to be less than or equal to 250',
    durationMs: 4_210,
    failure: { message: 'p95 of 100 requests: expected 312.4 to be less than or equal to 250', expected: '250', actual: '312.4' },
    limits: [
      {
        name: 'hook-receiver.p95',
        unit: 'ms',
        value: 250,
        default: 200,
        source: 'target file: platform team, until 2027-01-31, because the new disks arrive in January',
      },
    ],
    evidence: [
      evidence({
        probe: 'load',
        access: 'POST /hooks × 100 over 10 connections on hook-receiver (127.0.0.1:8001)',
        reproduce: 'npx autocannon -a 100 -c 10 -m POST http://127.0.0.1:8001/hooks',
        raw: '100 requests, 0 errors, p50 118.2 ms, p95 312.4 ms, p99 340.0 ms',
        ms: 4_102,
      }),
    ],
  }),
]

const unobserved = (): CheckEntry[] => [
  ...['DEP-20', 'DEP-21', 'POST-22', 'PERF-09'].map((id, index) =>
    entry({
      id,
      title: `${['Every topic exists', 'No partition is under-replicated', 'The event of a posted hook is on its topic', 'A message is acknowledged within its objective'][index]}.`,
      suite: ['deploy', 'deploy', 'postdeploy', 'performance'][index] ?? '',
      section: 'Kafka',
      severity: index === 2 ? 'critical' : 'major',
      outcome: 'unobserved',
      reason: UNREACHABLE.text,
      cause: UNREACHABLE,
      evidence:
        index === 0
          ? [
              evidence({
                probe: 'kafka',
                access: 'metadata of all topics on kafka (10.0.4.12:9092)',
                reproduce: 'kafka-topics --bootstrap-server 10.0.4.12:9092 --list',
                raw: UNREACHABLE.text,
                ms: 5_000,
              }),
            ]
          : [],
    }),
  ),
  entry({
    id: 'PRE-31',
    title: 'No inner port can be reached from outside the zone.',
    section: 'Network',
    outcome: 'unobserved',
    reason: 'the target file declares no vantage outside the zone; add expect.vantage',
    cause: { id: 'undescribed:expect.vantage', text: 'the target file declares no vantage outside the zone; add expect.vantage' },
    evidence: [],
  }),
]

const others = (): CheckEntry[] => [
  entry({
    id: 'PRE-02',
    title: 'The services host has at least 16 GB of memory that it may really use.',
    severity: 'critical',
    limits: [{ name: 'memory', unit: 'GB', value: 16, default: 16, source: 'runbook' }],
    evidence: [
      evidence({
        probe: 'host',
        access: 'collector, memory on services (local)',
        reproduce: 'grep MemTotal /proc/meminfo',
        raw: 'MemTotal:       32768000 kB',
        origin: 'simulated',
        ms: 88,
      }),
    ],
  }),
  entry({
    id: 'PRE-07',
    title: 'The disk below the database is an SSD.',
    outcome: 'waived',
    reason: 'accepted until 2027-03-01 by Jo Example',
    failure: { message: 'the rotational flag: expected 1 to be 0', expected: '0', actual: '1' },
    waiver: {
      justification: 'The cloud volume says rotational although it is flash.',
      approvedBy: 'Jo Example',
      expires: '2027-03-01',
      risk: 'Slow queries would be noticed late.',
    },
  }),
  entry({
    id: 'PRE-40',
    title: 'The Grafana dashboards are reviewed.',
    outcome: 'skipped',
    reason: 'embedded has no grafana; --target=ephemeral has',
    evidence: [],
  }),
  entry({
    id: 'MNT-08',
    title: 'The escalation contacts were called once this quarter.',
    suite: 'maintenance',
    section: 'Escalation',
    outcome: 'pending',
    reason: 'nobody has signed MNT-08',
    evidence: [],
    effects: [],
  }),
  entry({
    id: 'MNT-09',
    title: 'The documentation was reviewed this month.',
    suite: 'maintenance',
    section: 'Monthly',
    reason: 'signed by Sam Example on 2026-11-02, valid until 2026-12-02',
    evidence: [],
    effects: [],
    attestation: {
      by: 'Sam Example',
      at: '2026-11-02',
      until: '2026-12-02',
      note: 'All six chapters read against the change log.',
    },
  }),
  entry({
    id: 'RBK-03',
    title: 'The restored database answers the application’s queries.',
    suite: 'rollback',
    section: 'Rollback Procedures',
    effects: ['drill'],
    durationMs: 2_300,
  }),
]

/** A report with every outcome, hostile answers, a load measurement and a recovery timeline. */
export function sampleReport(change: (report: Report) => Report = (report) => report): Report {
  const order = ['preflight', 'deploy', 'postdeploy', 'performance', 'rollback', 'maintenance']
  const checks = [...failed(), ...unobserved(), ...others()].toSorted(
    (a, b) => order.indexOf(a.suite) - order.indexOf(b.suite) || a.id.localeCompare(b.id),
  )
  return change({
    schema: 'omninode-runbook/report@1',
    run: {
      id: '0b5c1c1e-8f0e-4c6e-9b6a-3d5f2a7e1c00',
      startedAt: START,
      finishedAt: '2026-11-24T10:15:09.400Z',
      durationMs: 9_400,
      commit: '3f2b9c1d5e7a4860b1c2d3e4f5a6978812345678',
      dirty: true,
      versions: { runbook: '0.1.0', node: '24.21.0', vitest: '5.1.1' },
      ticket: 'CHG0042',
      operator: 'sam',
      origin: 'ops-1, CI job 8812',
      inputs: [
        { file: 'docs/runbook/preflight.md', sha256: 'a'.repeat(64), commit: '3f2b9c1', author: 'Sam Example' },
        { file: 'fixtures/targets/staging.yaml', sha256: 'b'.repeat(64), commit: '', author: '' },
      ],
      selection: '',
      exitCode: 1,
    },
    target: {
      name: 'staging',
      kind: 'live',
      environment: 'staging',
      allows: ['read', 'exec', 'synthetic-write', 'load'],
      hosts: [{ role: 'services', account: 'ssh deploy@staging-1', hostKey: 'SHA256:q4mZ0Yb3nT' }],
      connections: [
        { system: 'hook-receiver', address: '127.0.0.1:8001', effect: 'synthetic-write', count: 3 },
        { system: 'postgres', address: '127.0.0.1:5432', effect: 'read', count: 14 },
        { system: 'hook-receiver', address: '127.0.0.1:8001', effect: 'load', count: 1 },
      ],
      parts: [{ name: 'postgres', image: 'postgres:15.8', digest: 'sha256:1f2e3d', origin: 'upstream' }],
      release: { 'hook-receiver': '1.4.2 (sha256:9a8b7c)', schema: '0007_event_metrics' },
      notes: ['reference services, generated data', 'no real backup was restored so far'],
    },
    verdict: 'failed',
    counts: countsOf(checks),
    coverage: coverageOf(checks),
    checks,
    measurements: measurements(),
    timeline: timeline(),
    diagnostics: [
      {
        area: 'hook-receiver',
        title: 'Container log around the failure',
        reproduce: 'docker logs --since 10m hook-receiver',
        file: 'diagnostics/hook-receiver.log',
      },
    ],
  })
}

function measurements(): Report['measurements'] {
  // A fixed wave with some outliers: the picture must be the same every time.
  const latency = Array.from({ length: 100 }, (_, index): [number, number] => [
    index * 41,
    Math.round((110 + 40 * Math.sin(index / 9) + (index % 17 === 0 ? 190 : 0)) * 10) / 10,
  ])
  const memory = Array.from({ length: 40 }, (_, index): [number, number] => [
    index * 100,
    210 + Math.round(30 * Math.sin(index / 6)),
  ])
  return [
    {
      id: 'PERF-02/POST /hooks latency',
      check: 'PERF-02',
      name: 'POST /hooks latency',
      unit: 'ms',
      value: 312.4,
      limit: 250,
      sampleCount: 100,
      series: latency,
    },
    {
      id: 'PERF-05/memory of hook-receiver',
      check: 'PERF-05',
      name: 'memory of hook-receiver',
      unit: 'MB',
      value: 238,
      limit: null,
      sampleCount: 40,
      series: memory,
    },
    {
      id: 'RBK-10/recovery time',
      check: 'RBK-10',
      name: 'recovery time',
      unit: 's',
      value: 2.3,
      limit: 900,
      sampleCount: 1,
      series: [],
    },
  ]
}

function timeline(): Report['timeline'] {
  const at = (ms: number): string => new Date(Date.parse(START) + ms).toISOString()
  return [
    { at: at(3_000), phase: 'deploy', event: 'release A is healthy', store: '' },
    { at: at(3_400), phase: 'backup', event: 'backup taken, 2,000 rows', store: 'postgres' },
    { at: at(4_100), phase: 'incident', event: 'release B deployed: it answers success and stores nothing', store: '' },
    { at: at(4_350), phase: 'incident', event: 'detected by POST-04', store: '' },
    { at: at(4_400), phase: 'rollback', event: 'digests of A started', store: '' },
    { at: at(5_200), phase: 'restore', event: 'database restored', store: 'postgres' },
    { at: at(5_900), phase: 'restore', event: '12 events of 2.1 s lost', store: 'kafka' },
    { at: at(6_700), phase: 'validation', event: 'all endpoints healthy again', store: '' },
  ]
}

/** A run of the size of a whole runbook: so many lines, each with evidence of so many bytes. */
export function largeReport(lines: number, bytes: number, char = 'x'): Report {
  return sampleReport((report) => {
    const raw = char
      .repeat(79)
      .concat('\n')
      .repeat(Math.ceil(bytes / 80))
    const checks = Array.from({ length: lines }, (_, index) =>
      entry({
        id: `PRE-${String(index + 1).padStart(3, '0')}`,
        evidence: [evidence({ raw, access: `GET /${index} on hook-receiver (127.0.0.1:8001)` })],
      }),
    )
    return { ...report, checks, counts: countsOf(checks), coverage: coverageOf(checks) }
  })
}

/** The same run when only some lines were selected and it was cut short. */
export function partialReport(): Report {
  return sampleReport((report) => {
    const checks = report.checks.map((one, index): CheckEntry => {
      if (index < 6) return one
      return {
        ...one,
        outcome: null,
        reason: index < 9 ? 'not reached' : NOT_SELECTED,
        cause: null,
        failure: null,
        evidence: [],
        waiver: null,
        attestation: null,
      }
    })
    return {
      ...report,
      run: {
        ...report.run,
        selection: `PARTIAL: 9 of ${checks.length} lines (--suite=preflight)`,
        finishedAt: null,
        exitCode: null,
      },
      verdict: 'interrupted',
      checks,
      counts: countsOf(checks),
      coverage: coverageOf(checks),
    }
  })
}
