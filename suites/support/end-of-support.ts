/** One release of an operating system and the last day on which its maker mends it without a contract of its own. */
export interface Release {
  /** ID of /etc/os-release. */
  readonly id: string
  /** VERSION_ID, or what it begins with. */
  readonly version: string
  readonly name: string
  /** UTC date, inclusive. */
  readonly until: string
  /** Where the date is from. */
  readonly source: string
}

const DEBIAN = 'https://wiki.debian.org/LTS'
const UBUNTU = 'https://ubuntu.com/about/release-cycle'
const RED_HAT = 'https://access.redhat.com/support/policy/updates/errata'
const CENTOS = 'https://www.centos.org/centos-linux-eol/'
const CENTOS_STREAM = 'https://www.centos.org/cl-vs-cs/'
const ROCKY = 'https://wiki.rockylinux.org/rocky/version/'
const ALMA = 'https://wiki.almalinux.org/release-notes/'
const AMAZON = 'https://aws.amazon.com/amazon-linux-2/faqs/'
const ALPINE = 'https://alpinelinux.org/releases/'

const row = (id: string, version: string, name: string, until: string, source: string): Release => ({
  id,
  version,
  name,
  until,
  source,
})

/** Read on 2026-11-24. Debian: with its LTS. Ubuntu: standard support, without ESM. Red Hat: maintenance support, without ELS. */
export const END_OF_SUPPORT: readonly Release[] = [
  row('debian', '10', 'Debian 10', '2024-06-30', DEBIAN),
  row('debian', '11', 'Debian 11', '2026-08-31', DEBIAN),
  row('debian', '12', 'Debian 12', '2028-06-30', DEBIAN),
  row('debian', '13', 'Debian 13', '2030-06-30', DEBIAN),
  row('ubuntu', '18.04', 'Ubuntu 18.04 LTS', '2023-05-31', UBUNTU),
  row('ubuntu', '20.04', 'Ubuntu 20.04 LTS', '2025-05-31', UBUNTU),
  row('ubuntu', '22.04', 'Ubuntu 22.04 LTS', '2027-04-01', UBUNTU),
  row('ubuntu', '24.04', 'Ubuntu 24.04 LTS', '2029-05-31', UBUNTU),
  row('ubuntu', '26.04', 'Ubuntu 26.04 LTS', '2031-04-30', UBUNTU),
  row('rhel', '7', 'Red Hat Enterprise Linux 7', '2024-06-30', RED_HAT),
  row('rhel', '8', 'Red Hat Enterprise Linux 8', '2029-05-31', RED_HAT),
  row('rhel', '9', 'Red Hat Enterprise Linux 9', '2032-05-31', RED_HAT),
  row('rhel', '10', 'Red Hat Enterprise Linux 10', '2035-05-31', RED_HAT),
  row('centos', '7', 'CentOS Linux 7', '2024-06-30', CENTOS),
  // CentOS Linux 8 ended on 2021-12-31; Stream 8, which names itself the same way, outlived it.
  row('centos', '8', 'CentOS 8', '2024-05-31', CENTOS),
  row('centos', '9', 'CentOS Stream 9', '2027-05-31', CENTOS_STREAM),
  row('centos', '10', 'CentOS Stream 10', '2030-01-01', CENTOS_STREAM),
  row('rocky', '8', 'Rocky Linux 8', '2029-05-31', ROCKY),
  row('rocky', '9', 'Rocky Linux 9', '2032-05-31', ROCKY),
  row('almalinux', '8', 'AlmaLinux 8', '2029-03-01', ALMA),
  row('almalinux', '9', 'AlmaLinux 9', '2032-05-31', ALMA),
  row('almalinux', '10', 'AlmaLinux 10', '2035-05-31', ALMA),
  row('amzn', '2', 'Amazon Linux 2', '2026-06-30', AMAZON),
  row('amzn', '2023', 'Amazon Linux 2023', '2028-03-15', AMAZON),
  row('alpine', '3.20', 'Alpine Linux 3.20', '2026-04-01', ALPINE),
  row('alpine', '3.21', 'Alpine Linux 3.21', '2026-11-01', ALPINE),
  row('alpine', '3.22', 'Alpine Linux 3.22', '2027-05-01', ALPINE),
  row('alpine', '3.23', 'Alpine Linux 3.23', '2027-11-01', ALPINE),
]

/** The row of a host's release; undefined where the table does not know it. */
export function releaseOf(id: string, versionId: string): Release | undefined {
  return END_OF_SUPPORT.find((release) => release.id === id && `${versionId}.`.startsWith(`${release.version}.`))
}
