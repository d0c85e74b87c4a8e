import { printing } from './shell.ts'

/** A shell function that prints the compose file which is laid over the host's own: each service by its image, and by nothing else. */
export function pinnedImages(references: Readonly<Record<string, string>>): string {
  const rows = Object.entries(references).flatMap(([service, reference]) => [
    `  ${JSON.stringify(service)}:`,
    `    image: ${JSON.stringify(reference.replaceAll('$', '$$$$'))}`,
  ])
  const text = rows.length === 0 ? ['services: {}'] : ['services:', ...rows]
  return printing('pinned_images', 'What is laid over the host’s compose file: the images that are to run, by digest.', text)
}
