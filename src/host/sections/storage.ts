import type { Section } from '../frame.ts'
import type { ParseContext } from '../parse.ts'
import { withoutRoot } from './entries.ts'
import { all, whole } from './rows.ts'

const KIB = 1024

/** One group of rows for each path that was asked for, in order. */
export function disks(section: Section, { root }: ParseContext): unknown {
  const starts = section.rows.flatMap((row, index) => (row[0] === 'path' ? [index] : []))
  return { paths: starts.map((start, n) => disk({ ...section, rows: section.rows.slice(start, starts[n + 1]) }, root)) }
}

function disk(section: Section, root: string) {
  const value = (word: string, index = 0): string => all(section, word)[0]?.[index] ?? ''
  const space = dfLine(value('kilobytes'))
  const inodes = dfLine(value('inodes'))
  const path = value('path')
  const measured = withoutRoot(value('path', 1).replace(/(?<=.)\/$/, ''), root)
  const rotational = rotation(value('rotational'), value('block'), space.device)
  return {
    path,
    exists: measured === path,
    measured,
    device: space.device,
    type: value('type'),
    mount: space.mount,
    size: space.total * KIB,
    free: space.free * KIB,
    inodes: inodes.total === 0 ? null : inodes.total,
    inodesFree: inodes.total === 0 ? null : inodes.free,
    ...rotational,
  }
}

/** One line of `df -P`: device, total, used, available, percentage, mount point; a device's name may hold blanks. */
export function dfLine(line: string): { device: string; total: number; free: number; mount: string } {
  const [, device = '', total, , free, , mount = ''] =
    /^(.*?)\s+(\d+|-)\s+(\d+|-)\s+(-?\d+|-)\s+(\d+%|-)\s+(.*)$/.exec(line) ?? []
  return { device, total: whole(total) ?? 0, free: whole(free) ?? 0, mount }
}

/** A hypervisor's disk that calls itself rotating says nothing: that is the default of an emulated one. */
function rotation(flag: string, block: string, device: string): { rotational: boolean | null; rotationalReason: string } {
  if (flag === '0') return { rotational: false, rotationalReason: '' }
  if (flag === '')
    return { rotational: null, rotationalReason: `${device || 'the file system'} is no block device that this host shows` }
  if (/^(vd|xvd)/.test(block)) {
    return { rotational: null, rotationalReason: `${block} is a virtual disk that does not say what is beneath it` }
  }
  return { rotational: true, rotationalReason: '' }
}
