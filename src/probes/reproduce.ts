/** Quotes one word for a POSIX shell; words of harmless characters stay bare, so that the line reads well. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The shell variable that stands for a secret in a reproduce line: `postgres.password` → `"$POSTGRES_PASSWORD"`. */
export function secretVariable(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[^A-Za-z0-9]+/g, '_')
  return `"$${words.toUpperCase()}"`
}

/** Splits `host:port` and `[v6]:port`. @throws TypeError where it is neither. */
export function splitHostPort(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(address)
  const host = match?.[1] ?? match?.[2]
  if (match === null || host === undefined) throw new TypeError(`expected host:port, received "${address}"`)
  return { host, port: Number(match[3]) }
}

/** Joins host and port, with brackets around an IPv6 address. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
}
