import type { Machine, Role } from './machines.ts'

/** What each role needs of its machine. GB are 10⁹ bytes, as disks and clouds are sold. */
interface Need {
  readonly cores: number
  readonly memoryGB: number
  readonly diskGB: number
}

const NEEDS: Readonly<Record<Role, Need>> = {
  services: { cores: 8, memoryGB: 16, diskGB: 100 },
  database: { cores: 4, memoryGB: 8, diskGB: 50 },
  broker: { cores: 2, memoryGB: 4, diskGB: 20 },
}

/** Bytes in GB (10⁹), cut after one decimal, so that nothing is rounded up to what it lacks. */
export function inGB(bytes: number): number {
  return Math.floor(bytes / 1e8) / 10
}

/** What a machine must offer: the sum over all roles that it plays. */
export function needOf(machine: Machine): Need {
  const sum = (key: keyof Need): number => machine.roles.reduce((total, role) => total + NEEDS[role][key], 0)
  return { cores: sum('cores'), memoryGB: sum('memoryGB'), diskGB: sum('diskGB') }
}
