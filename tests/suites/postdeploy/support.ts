/** Declares every check of the suite. */
export async function importPostdeploy(): Promise<void> {
  await import('../../../suites/postdeploy/endpoints.test.ts')
  await import('../../../suites/postdeploy/tls.test.ts')
  await import('../../../suites/postdeploy/authentication.test.ts')
  await import('../../../suites/postdeploy/hook.test.ts')
  await import('../../../suites/postdeploy/refused-hooks.test.ts')
  await import('../../../suites/postdeploy/models.test.ts')
  await import('../../../suites/postdeploy/prometheus.test.ts')
  await import('../../../suites/postdeploy/alert-rules.test.ts')
  await import('../../../suites/postdeploy/alertmanager.test.ts')
  await import('../../../suites/postdeploy/grafana.test.ts')
  await import('../../../suites/postdeploy/logs.test.ts')
}
