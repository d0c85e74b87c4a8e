import type { ScrapeTarget } from '../../src/probes/prometheus.ts'
import type { MonitoringSpec } from '../../src/targets/schema.ts'

/** What is wrong with a target's last scrape, at that time in milliseconds since 1970. */
export function scrapeProblem(
  { labels, scrapeUrl, lastScrape, lastScrapeDuration, lastError }: ScrapeTarget,
  at: number,
  { scrapeInterval, scrapeTimeout }: Pick<MonitoringSpec, 'scrapeInterval' | 'scrapeTimeout'>,
): string[] {
  const age = (at - Date.parse(lastScrape)) / 1_000
  const name = `${labels.job} at ${scrapeUrl}`
  return [
    ...(age <= 2 * scrapeInterval ? [] : [`${name} was scraped ${ageInWords(age)}`]),
    ...(lastScrapeDuration < scrapeTimeout ? [] : [`${name} took ${lastScrapeDuration.toFixed(1)} s`]),
    ...(lastError === '' ? [] : [`${name} failed: ${lastError}`]),
  ]
}

/** Prometheus writes the year 1 for never. */
function ageInWords(seconds: number): string {
  return seconds > 10 * 365 * 86_400 || Number.isNaN(seconds) ? 'never' : `${Math.round(seconds)} s ago`
}
