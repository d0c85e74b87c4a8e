/** What ssh wrote while it tried to connect, with its own debugging lines. */
export interface Complaint {
  /** As the target file names it. */
  readonly destination: string
  readonly text: string
}

type Meaning = readonly [pattern: RegExp, words: (found: RegExpExecArray, complaint: Complaint) => string]

/** The cause of a failed connection, and what to do about it, in words. */
export function causeInWords(complaint: Complaint): string {
  for (const [pattern, words] of MEANINGS) {
    const found = pattern.exec(complaint.text)
    if (found !== null) return words(found, complaint)
  }
  const last = said(complaint.text).slice(-3).join('; ')
  return `ssh ${complaint.destination} came to nothing: ${last || 'ssh said nothing'}; try it by hand`
}

/** Type and fingerprint of the key that the host really showed; empty where it came to none. */
export function hostKeyOf(text: string): string {
  return /^debug1: Server host key: (\S+ \S+)/m.exec(text)?.[1] ?? ''
}

/** The last thing that ssh itself said of a connection that was up, such as that the server no longer answers. */
export function endOf(text: string): string {
  return said(text).at(-1) ?? ''
}

const MEANINGS: readonly Meaning[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/, changed],
  [/No (\S+) host key is known for (.+) and you have requested strict checking/, unknown],
  [
    /Host key verification failed/,
    ([line], { destination }) => `ssh ${destination}: ${line}; compare its fingerprint, then add it to known_hosts`,
  ],
  [/(\S+): Permission denied \(([^)]*)\)/, refused],
  [/Too many authentication failures/, tooMany],
  [
    /Could not resolve hostname (\S+?): (.+)/,
    ([, name, why], { destination }) =>
      `ssh ${destination}: the name ${name} does not resolve (${why}); correct the address in the target file, ssh_config or DNS`,
  ],
  [
    /connect to host (\S+) port (\d+): Connection refused/,
    ([, host, port], { destination }) =>
      `ssh ${destination}: nothing listens on ${host} port ${port} (connection refused); start sshd there, or correct address and port`,
  ],
  [
    /connect to host (\S+) port (\d+): (.+)|(?:Connection|Timeout).* timed out.*/,
    ([line], { destination }) =>
      `ssh ${destination}: it could not be reached (${line}); check the network, the VPN and the firewall between here and there`,
  ],
  [
    /(?:kex_exchange_identification|banner exchange|Connection (?:closed|reset)).*/,
    ([line], { destination }) =>
      `ssh ${destination}: the connection was taken and given up (${line}); read sshd's log there (MaxStartups, a ban, a proxy in between)`,
  ],
  [/terminating, \d+ bad configuration options/, (_, { text }) => `ssh_config is wrong: ${said(text).join('; ')}`],
]

function changed(_: RegExpExecArray, { destination, text }: Complaint): string {
  const shown = /fingerprint for the (\S+) key sent by the remote host is\s+(\S+?)\.?\s/.exec(text)
  const known = /Offending \S+ key in (\S+?):(\d+)/.exec(text)
  const where = known === null ? 'known_hosts' : `${known[1]} line ${known[2]}`
  return `ssh ${destination}: the host key has CHANGED: it now shows ${shown?.[1] ?? 'a'} key ${shown?.[2] ?? 'of an unknown fingerprint'}, and ${where} has another one. Compare the fingerprint on the host's console (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub): if the host was set up anew, remove that line and add the new key; if not, somebody sits in between`
}

function unknown([, type, host]: RegExpExecArray, { destination, text }: Complaint): string {
  const key = hostKeyOf(text)
  const shown = key === '' ? `it shows a ${type} key` : `it shows ${key}`
  return `ssh ${destination}: the host key of ${host} is not known here; ${shown}. Compare the fingerprint on the host's console (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then accept it by connecting once by hand`
}

function refused([, account = '', methods]: RegExpExecArray, { destination, text }: Complaint): string {
  const keys = [...text.matchAll(/^debug1: Offering public key: (.+)$/gm)].map(([, key]) => key)
  const offered = keys.length === 0 ? 'no key was offered' : `none of the keys that were offered is accepted (${keys.join('; ')})`
  return `ssh ${destination}: ${account} was not let in (it takes ${methods}): ${offered}; correct the user name in the target file or ssh_config, load the key into the agent, or have it added to the account's authorized_keys`
}

function tooMany(_: RegExpExecArray, { destination }: Complaint): string {
  return `ssh ${destination}: the agent offered more keys than the host allows tries; name the right one in ssh_config (IdentityFile, IdentitiesOnly yes)`
}

/** Lines that ssh meant for a person. */
function said(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:debug\d:|Authenticated to|Transferred:|Bytes per second:|@)/.test(line))
}
