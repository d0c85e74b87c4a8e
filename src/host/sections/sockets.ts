const LISTENING = '0A'

/** A row of /proc/net/tcp or tcp6, ` 0: 0100007F:1F90 00000000:0000 0A …`: the socket where it listens, else nothing. */
export function hexSocket(line: string): { address: string; port: number; process: string }[] {
  const [, local = '', , state = ''] = line.trim().split(/\s+/)
  const [hex = '', port = ''] = local.split(':')
  if (state !== LISTENING || !/^([0-9A-F]{8}|[0-9A-F]{32})$/i.test(hex)) return []
  return [{ address: hex.length === 8 ? ipv4(hex) : ipv6(hex), port: Number.parseInt(port, 16), process: '' }]
}

/** The kernel prints each 32-bit word in the machine's own byte order, which is little-endian wherever this runs. */
function bytes(word: string): number[] {
  return [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16))
}

function ipv4(hex: string): string {
  return bytes(hex).join('.')
}

function ipv6(hex: string): string {
  const all = [0, 8, 16, 24].flatMap((at) => bytes(hex.slice(at, at + 8)))
  if (all.slice(0, 10).every((byte) => byte === 0) && all[10] === 255 && all[11] === 255) return all.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, n) => (((all[2 * n] ?? 0) << 8) | (all[2 * n + 1] ?? 0)).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
