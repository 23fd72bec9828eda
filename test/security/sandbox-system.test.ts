import { spawn, spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import type { SandboxPolicy } from "../../src/workspace/processes/policy.ts"
import { sweepRuns } from "../../src/workspace/processes/run-records.ts"
import { needsBubblewrap, scene } from "./sandbox.testing.ts"

const keys = {
  OPENAI_API_KEY: "key-openai-1",
  ANTHROPIC_API_KEY: "key-anthropic-2",
  GITHUB_TOKEN: "key-github-3",
  AWS_SECRET_ACCESS_KEY: "key-aws-4",
  DUCK_HOME: "key-duck-5",
  // Put together, so that nothing in this repository is taken for a secret.
  HTTPS_PROXY: ["http://me:", "key-proxy-6@proxy:1"].join(""),
  NPM_CONFIG__AUTH: "key-npm-7",
  SSH_AUTH_SOCK: "/key-agent-8",
  DATABASE_URL: "key-db-9",
}

test.each(["auto", "process-group"] as const)(
  "no key of the server's environment reaches a run (%s)",
  async (isolation) => {
    const { processes } = await scene({ isolation }, keys)
    const { output } = await processes.run(
      "env; export -p; cat /proc/self/environ /proc/$$/environ; cat /proc/1/environ 2>/dev/null",
    )
    expect(output.text).toContain("PATH=")
    expect(output.text).not.toContain("key-")
    const named = await scene({ isolation, environment: ["DATABASE_URL"] }, keys)
    const passed = (await named.processes.run("env")).output.text
    expect(passed).toContain("DATABASE_URL=key-db-9")
    expect(passed).not.toContain("key-openai-1")
  },
)

/** Command lines that hold a mark, of processes that are not only waiting to be collected. */
const living = (mark: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")
        const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").pop() ?? ""
        return line.includes(mark) && !/^[ZX]/.test(state) ? [line] : []
      } catch {
        return []
      }
    })

async function eventually(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !holds(); i++) await wait(10)
  expect(holds()).toBe(true)
}

test("a service on this machine is not reached, unless the policy opens the network", async (context) => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.end("hello")
  }).listen(0, "127.0.0.1")
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once("listening", resolve))
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  const place = await scene()
  await needsBubblewrap(context, place)
  const local = createServer((socket) => socket.end("local")).listen(place.at("data/socket"))
  onTestFinished(() => void local.close())
  const connect = `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3'`
  const outcome = await place.processes.run(
    `${connect}; cat /proc/net/tcp; ls ${place.at("data")}; cat < /dev/tcp/1.1.1.1/80`,
    {
      limits: { timeoutMs: 20_000 },
    },
  )
  expect(outcome.output.text).not.toContain("hello")
  expect(outcome.output.text).not.toContain("socket")
  expect(connections).toBe(0)
  const open = await scene({ network: true })
  expect((await open.processes.run(connect)).output.text).toBe("hello")
})

test("neither the server nor any other process is seen, signalled or traced", async (context) => {
  const place = await scene()
  await needsBubblewrap(context, place)
  const { processes } = place
  const other = spawn("sleep", ["1000"])
  onTestFinished(() => void other.kill("SIGKILL"))
  const seen = await processes.run(
    `kill -9 ${process.pid} ${other.pid}; kill -9 -${process.pid}; ls -d /proc/[0-9]* | wc -l; cat /proc/${process.pid}/environ`,
  )
  expect(Number(/^\d+$/m.exec(seen.output.text)?.[0])).toBeLessThan(8)
  await processes.run("kill -9 -1; killall5 -9; echo still")
  expect(other.exitCode).toBeNull()
  expect(other.signalCode).toBeNull()
})

test("mounts, namespaces, devices and the kernel's settings are out of reach", async (context) => {
  const place = await scene()
  await needsBubblewrap(context, place)
  const { processes, at } = place
  const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8")
  const attempts = [
    "mount -t tmpfs none /mnt",
    "mount --bind / /mnt",
    "mount -o remount,rw /",
    `umount ${at("data")}`,
    "umount -l /tmp /run ~",
    "unshare -Urm true",
    "unshare -m true",
    "unshare -n true",
    "nsenter -t 1 -a true",
    "chroot / true",
    "mknod disk b 254 0 && head -c 1 disk",
    "head -c 1 /dev/mem /dev/kmem /dev/vda /dev/sda /dev/nvme0n1",
    "echo 'evil' > /proc/sys/kernel/core_pattern",
    "echo '|/bin/evil %p' > /proc/sys/kernel/core_pattern",
    "echo b > /proc/sysrq-trigger",
    "mkdir /sys/fs/cgroup/escape || mkdir /sys/fs/cgroup/pids/escape",
    "echo 1 > /sys/fs/cgroup/pids/cgroup.procs",
    "echo /evil > /sys/kernel/uevent_helper",
    "hostname evil",
    "date -s 2001-01-01 >/dev/null",
    "echo x > /dev/tty",
  ]
  for (const command of attempts) {
    const { exitCode, output } = await processes.run(`{ ${command}; } 2>/dev/null`)
    expect([command, exitCode === 0, output.text]).toEqual([command, false, ""])
  }
  expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(pattern)
  const status = (await processes.run("grep -E 'NoNewPrivs|CapEff|CapBnd' /proc/self/status")).output.text
  expect(status.replaceAll(/\s+/g, " ")).toBe("CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 ")
})

const kinds: NonNullable<SandboxPolicy["isolation"]>[] = ["auto", "process-group"]

test.for(kinds)(
  "a fork bomb stays within its limit and is gone when its time is up (%s)",
  async (isolation, context) => {
    const { processes } = await scene({ isolation })
    const { what } = await processes.protection()
    if (!what.includes("The number of processes is limited."))
      return context.skip(`SKIPPED: a fork bomb was not tried here. ${what.at(-1)}`)
    const mark = `7${process.pid}`
    const bomb = `bomb() { (exec -a ${mark} sleep 1000) & bomb | bomb & }; bomb; sleep 1000`
    const controller = new AbortController()
    let most = 0
    const running = processes.run(bomb, { limits: { processes: 40, timeoutMs: 0 }, signal: controller.signal })
    await eventually(() => {
      most = Math.max(most, living(mark).length)
      return most >= 5
    })
    controller.abort()
    expect(await running).toMatchObject({ reason: "cancelled", isClean: true })
    expect(most).toBeLessThanOrEqual(40)
    expect(living(mark)).toEqual([])
  },
)

test("a run that takes too much memory is ended by the kernel, and the server is not", async (context) => {
  const place = await scene()
  const { processes } = place
  await needsBubblewrap(context, place)
  const run = await processes.run("head -c 800m /dev/zero | tail -c 800m | wc -c; echo after", {
    limits: { memoryBytes: 64 * 2 ** 20, timeoutMs: 60_000 },
  })
  expect(run.output.text).not.toContain(String(800 * 2 ** 20))
  const { what } = await processes.protection()
  expect(run.limitsHit.includes("memory")).toBe(what.includes("Memory is limited for the run as a whole."))
})

test("output without end does not fill the server's memory", async () => {
  const { processes } = await scene()
  const before = process.memoryUsage().rss
  const run = await processes.run("cat /dev/zero", { limits: { outputBytes: 200_000_000, timeoutMs: 60_000 } })
  expect(run.reason).toBe("output-limit")
  expect(run.output.totalBytes).toBe(200_000_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
})

test("a policy that wants bubblewrap runs nothing where there is none", async (context) => {
  const { root, at } = await scene()
  const script = `
    import { openProcesses } from ${JSON.stringify(new URL("../../src/workspace/processes/processes.ts", import.meta.url).href)}
    const open = (isolation) => openProcesses({ root: ${JSON.stringify(root)}, policy: { hidden: [], isolation },
      outputFolder: ${JSON.stringify(join(at("data"), "more"))}, recordFolder: ${JSON.stringify(join(at("data"), "running"))}, audit: () => {} })
    const codes = [await (await open("bubblewrap")).run("touch ran").catch((error) => error.code)]
    const { kind, what } = await (await open("auto")).protection()
    console.log(JSON.stringify([...codes, kind, what[0]]))
  `
  // In a mount namespace of its own what hides the program hides it from this process alone.
  const hide =
    'for bwrap in /usr/bin/bwrap /usr/local/bin/bwrap; do [ ! -e $bwrap ] || mount --bind /dev/null $bwrap || exit 9; done; exec "$@"'
  const command = ["-m", "sh", "-c", hide, "hide", process.execPath, "--input-type=module", "-e", script]
  const run = spawnSync("unshare", command, { encoding: "utf8" })
  if (run.error || run.status !== 0)
    return context.skip("SKIPPED: bubblewrap can only be hidden by root, in a mount namespace of its own")
  expect(JSON.parse(run.stdout)).toEqual([
    "NO_SANDBOX",
    "process-group",
    "No sandbox: there is no bwrap (package bubblewrap).",
  ])
  expect(readdirSync(root)).not.toContain("ran")
})

test.each(kinds)("when the server is killed, what it ran ends with it (%s)", async (isolation) => {
  const { root, at } = await scene({ isolation })
  const mark = `8${process.pid}${isolation.length}`
  // What has left its process group stays where there is no bubblewrap: `protection` says so.
  const processes = await scene({ isolation })
  const kind = (await processes.processes.protection()).kind
  const hidden = kind === "bubblewrap" ? `setsid sleep ${mark} & ` : ""
  const script = `
    import { openProcesses } from ${JSON.stringify(new URL("../../src/workspace/processes/processes.ts", import.meta.url).href)}
    const processes = await openProcesses({ root: ${JSON.stringify(root)}, policy: { hidden: [], isolation: ${JSON.stringify(isolation)} },
      outputFolder: ${JSON.stringify(join(at("data"), "more"))}, recordFolder: ${JSON.stringify(join(at("data"), "running"))}, audit: () => {} })
    await processes.start("${hidden}sleep ${mark} & echo up; sleep ${mark}", { onOutput: () => process.stdout.write("up") })
  `
  const server = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  await new Promise((resolve) => server.stdout.once("data", resolve))
  await eventually(() => living(`sleep ${mark}`).some((line) => line.startsWith("sleep")))
  server.kill("SIGKILL")
  await new Promise((resolve) => server.once("close", resolve))
  await eventually(() => living(`sleep ${mark}`).length === 0)
  // Its control groups are what is left.
  await sweepRuns(join(at("data"), "running"))
})
