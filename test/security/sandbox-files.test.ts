import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { needsBubblewrap, scene, token } from "./sandbox.testing.ts"

test("no way leads to the token, the keys in the home folder, or the system's own secrets", async (context) => {
  const place = await scene()
  await needsBubblewrap(context, place)
  const { at, processes } = place
  const secrets = [token, "the private key", "the aws key"]
  const attempts = [
    `cat ${at("data/token")}`,
    `cat ${at("home/.ssh/id_rsa")} ~/.aws/credentials`,
    `ln -s ${at("data")} here; cat here/token`,
    `ln ${at("data/token")} hard; cat hard`,
    `cat /proc/self/root${at("data/token")} /proc/1/root${at("data/token")} /proc/1/cwd/../data/token`,
    `cd /; cat .${at("data/token")}`,
    `grep -rs "${token.slice(0, 12)}" ${at(".")} /proc/[0-9]*/environ /dev/shm /run 2>/dev/null`,
    `find / -xdev -name token -newer /etc/hostname 2>/dev/null | head -50 | xargs cat`,
    `tar c ${at("data")} | strings`,
    `cp -r ${at("data")} copy; cat copy/*`,
    `cat /etc/shadow && echo "the private key"`,
    "cat ../data/token ../home/.ssh/id_rsa",
    `bash -c 'exec 5< ${at("data/token")}; cat <&5'`,
  ]
  for (const command of attempts) {
    const { output } = await processes.run(command)
    for (const secret of secrets) expect(`${command}: ${output.text}`.replace(command, "")).not.toContain(secret)
  }
  // The corpus can fail: in the project the same words are found.
  writeFileSync(join(place.root, "plain"), token)
  expect((await processes.run("cat plain")).output.text).toBe(token)
})

test("nothing outside the project is written, made, moved or removed", async (context) => {
  const place = await scene()
  await needsBubblewrap(context, place)
  const { at, processes, around } = place
  const marks = [
    "/etc/duck-escape",
    "/usr/bin/duck-escape",
    "/duck-escape",
    "/var/duck-escape",
    "/tmp/duck-escape",
    "/dev/shm/duck-escape",
  ]
  const attempts = [
    ...marks.map((path) => `echo x > ${path}`),
    `echo key >> ${at("home/.ssh/authorized_keys")}; mkdir -p ~/.ssh; echo key >> ~/.ssh/authorized_keys`,
    "echo evil >> ~/.bashrc",
    `echo x > ${at("neighbour/file.txt")}; rm -rf ${at("neighbour")}; mv ${at("neighbour")} ${at("other")}`,
    `ln -s ${at("neighbour")} out; echo x > out/file.txt; echo x > out/new.txt`,
    "ln -s /etc etc; echo x > etc/duck-escape",
    `rm -rf ${at("data")} ${at("home")}`,
    "rm -rf /usr /etc /lib --no-preserve-root 2>/dev/null",
    `chmod 777 ${at("home")} /etc; chown 1234 /etc/passwd`,
    `touch -d 1999-01-01 ${at("neighbour/file.txt")}`,
    `cd /proc/1/root && echo x > duck-escape`,
    `mv ${at("project")} ${at("moved")}`,
  ]
  for (const command of attempts) await processes.run(command)
  expect(marks.filter((path) => existsSync(path))).toEqual([])
  expect(readFileSync(at("neighbour/file.txt"), "utf8")).toBe("neighbour")
  expect(readFileSync(at("home/.bashrc"), "utf8")).toBe("# mine\n")
  expect(readdirSync(at("home/.ssh"))).toEqual(["id_rsa"])
  expect(readFileSync(at("data/token"), "utf8")).toBe(token)
  expect(readdirSync(around).sort()).toEqual(["data", "home", "neighbour", "project"])
  expect(existsSync("/etc/passwd") && existsSync("/usr/bin/env")).toBe(true)
})

test("the rules of the project stay as they are", async (context) => {
  const place = await scene()
  await needsBubblewrap(context, place)
  const { processes, root } = place
  mkdirSync(join(root, ".duck"))
  writeFileSync(join(root, ".duck/config.json"), "{}")
  await processes.run(
    "echo evil > .duck/config.json; mv .duck x; rm -rf .duck; mkdir .duck; echo evil > .duck/config.local.json",
  )
  expect(readFileSync(join(root, ".duck/config.json"), "utf8")).toBe("{}")
  expect(readdirSync(join(root, ".duck"))).toEqual(["config.json"])
})

test("git's hooks and settings stay, so that nothing of a run is executed by the person's own git", async (context) => {
  const place = await scene()
  await needsBubblewrap(context, place)
  const { processes, root } = place
  const before = readFileSync(join(root, ".git/config"), "utf8")
  for (const command of [
    "printf '#!/bin/sh\\ntouch /tmp/evil' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
    "git config core.hooksPath evil; git config core.fsmonitor ./evil",
    "echo '[core] fsmonitor = ./evil' >> .git/config",
    "mv .git old; cp -r old .git; echo evil > .git/hooks/pre-commit",
    "mv .git/hooks gone; mkdir .git/hooks; echo evil > .git/hooks/pre-commit",
    "rm -rf .git/hooks .git/config; echo evil > .git/config",
    "cp .git/config c; echo evil >> c; mv c .git/config; ln -sf ../c .git/config",
  ])
    await processes.run(command)
  expect(readFileSync(join(root, ".git/config"), "utf8")).toBe(before)
  expect(readdirSync(join(root, ".git/hooks"))).toContain("pre-commit.sample")
  expect(existsSync(join(root, ".git/hooks/pre-commit"))).toBe(false)
  const commit =
    "echo x > f && git add f && git -c user.name=A -c user.email=a@b.c commit -qm x && git log --oneline | wc -l"
  const own = await scene()
  expect((await own.processes.run(commit)).output.text.trim()).toBe("1")
})

test("tools in the home folder work, /tmp is private and empty each time, and the policy's folders can be written", async (context) => {
  const place = await scene()
  await needsBubblewrap(context, place)
  const { processes, at } = place
  expect((await processes.run("~/.local/bin/tool")).output.text).toBe("tool\n")
  expect((await processes.run("echo x > /tmp/mine; cat /tmp/mine")).output.text).toBe("x\n")
  expect((await processes.run(`cat /tmp/mine; ls ${at("neighbour")}`)).output.text).toMatch(
    /No such file.*\n.*No such file/,
  )
  const wider = await scene({ writable: [at("neighbour")], homeReadable: [at("home/.bashrc")] })
  await wider.processes.run(`echo new > ${at("neighbour/file.txt")}`, { cwd: at("neighbour") })
  expect(readFileSync(at("neighbour/file.txt"), "utf8")).toBe("new\n")
})

test("an environment that the model sets acts inside alone, and a planted bwrap or sh is not run", async (context) => {
  const place = await scene({}, { PATH: `/nowhere:${process.env.PATH}` })
  await needsBubblewrap(context, place)
  const { processes, root, at } = place
  const evil = `#!/bin/sh\necho outside > ${at("neighbour/evil")}\n`
  for (const name of ["bwrap", "sh", "bash"]) writeFileSync(join(root, name), evil, { mode: 0o755 })
  writeFileSync(
    join(root, "evil.c"),
    `#include <fcntl.h>\n__attribute__((constructor)) void go(void) { open("${at("neighbour/evil")}", O_CREAT, 0600); }\n`,
  )
  const compiler = ["cc"]
  const built =
    spawnSync(compiler[0] ?? "", ["-shared", "-fPIC", "-o", join(root, "evil.so"), join(root, "evil.c")]).status === 0
  const env = {
    PATH: `${root}:/usr/bin:/bin`,
    BASH_ENV: join(root, "bash"),
    ENV: join(root, "sh"),
    ...(built ? { LD_PRELOAD: join(root, "evil.so") } : {}),
  }
  const { exitCode } = await processes.run("exit 3", { env })
  expect(exitCode).toBe(3)
  expect(existsSync(at("neighbour/evil"))).toBe(false)
})
