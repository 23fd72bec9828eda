import { execFileSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"

/** A file system of its own in a file, whose power can be cut. */
export interface Disk {
  /** Where it is mounted. */
  readonly path: string
  /**
   * What a power cut leaves: from this moment on nothing reaches the disk, and what was not written yet is gone. Every
   * later write or sync fails. It is the `shutdown` of ext4 that file system tests use (no flush of the journal either).
   */
  cutPower(): void
  /** Mounts it again, as the next boot does: the journal is replayed. */
  powerOn(): void
  remove(): void
}

// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (linux/fs/ext4/ext4.h). Perl is in Debian's base system.
const shutdown = 'open my $f, "<", $ARGV[0] or die $!; my $how = pack("L", 2); ioctl($f, 0x8004587d, $how) or die $!'

const run = (program: string, ...parameters: string[]) =>
  execFileSync(program, parameters, { stdio: ["ignore", "pipe", "pipe"] })

export function makeDisk(folder: string, sizeMb = 64): Disk {
  let image = join(folder, "disk.img")
  let boots = 0
  const path = join(folder, "disk")
  mkdirSync(path, { recursive: true })
  run("truncate", "-s", `${sizeMb}M`, image)
  run("mkfs.ext4", "-q", "-F", image)
  const mount = () => run("mount", "-o", "loop", image, path)
  const unmount = () => run("umount", path)
  mount()
  return {
    path,
    cutPower: () => void run("perl", "-e", shutdown, path),
    powerOn() {
      unmount()
      // Whatever has a mount namespace of its own (a sandbox that another test runs) may still hold what was mounted, and
      // mounting the same image again would give that: a disk without power. A copy is always another disk.
      boots += 1
      const next = join(folder, `disk-${boots}.img`)
      run("cp", "--sparse=always", image, next)
      rmSync(image)
      image = next
      mount()
    },
    remove() {
      // Lazily, so that a test that failed with open files leaves no mount behind.
      run("umount", "--lazy", path)
    },
  }
}

/** Why power can't be cut here, or undefined where it can: it takes root, loop devices, ext4 and perl. */
export function whyNoDisk(folder: string): string | undefined {
  if (process.platform !== "linux") return "it takes Linux"
  if (process.getuid?.() !== 0) return "it takes root"
  let disk: Disk | undefined
  try {
    disk = makeDisk(folder, 8)
    disk.cutPower()
    return undefined
  } catch (error) {
    return (error as Error).message.split("\n").slice(0, 2).join(" ")
  } finally {
    try {
      disk?.remove()
    } catch {
      // It could not be mounted, which is the answer already.
    }
  }
}
