import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);

// src/engine/worker.ts
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";

// src/engine/engine-file.ts
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { brotliDecompressSync } from "node:zlib";

// src/engine/manifest.ts
var EngineFileError = class extends Error {
  name = "EngineFileError";
};

// src/engine/wasm-binary.ts
var sectionId = { custom: 0, memory: 5, global: 6, export: 7, data: 11, dataCount: 12 }, preamble = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
function readSections(module) {
  if (preamble.some((byte, index) => module[index] !== byte)) throw new TypeError("not a WebAssembly module");
  let reader = createReader(module, preamble.length), sections = [];
  for (; !reader.done(); ) {
    let id = reader.byte();
    sections.push({ id, body: reader.bytes(reader.unsigned()) });
  }
  return sections;
}
function createReader(source, start = 0) {
  let position = start;
  function byte() {
    let value = source[position];
    if (value === void 0) throw new TypeError("the WebAssembly module is cut off");
    return position += 1, value;
  }
  return {
    get position() {
      return position;
    },
    done: () => position >= source.length,
    byte,
    bytes(length) {
      if (position + length > source.length) throw new TypeError("the WebAssembly module is cut off");
      return position += length, source.subarray(position - length, position);
    },
    unsigned() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        let next = byte();
        if (value += (next & 127) * scale, next < 128) return value;
      }
    },
    signed() {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        let next = byte();
        if (value |= BigInt(next & 127) << shift, next < 128) return BigInt.asIntN(Number(shift) + 7, value);
      }
    }
  };
}
var i32Const = 65, end = 11;
function readDataSegments(body) {
  let reader = createReader(body);
  return Array.from({ length: reader.unsigned() }, () => {
    if (reader.byte() !== 0 || reader.byte() !== i32Const) throw new TypeError("a data segment is not active");
    let address = Number(BigInt.asUintN(32, reader.signed()));
    if (reader.byte() !== end) throw new TypeError("the address of a data segment is not constant");
    let length = reader.unsigned(), offset = reader.position;
    return reader.bytes(length), { address, offset, length };
  });
}

// src/engine/snapshot.ts
var globalNames = ["g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7"], pageSize = 65536;
function snapshotOfModule(module, clock) {
  let sections = readSections(module), data = sections.find(({ id }) => id === sectionId.data)?.body ?? new Uint8Array([0]), memory = sections.find(({ id }) => id === sectionId.memory)?.body;
  if (memory === void 0) throw new TypeError("the engine has no memory");
  let segments = readDataSegments(data), packed = segments.reduce((sum, { length }) => sum + aligned(length), 0), bytes = new SharedArrayBuffer(packed), target = new Uint8Array(bytes), stretches = sharedNumbers(segments.length * 3), position = 0;
  return segments.forEach(({ address, offset, length }, index) => {
    target.set(data.subarray(offset, offset + length), position), stretches.set([address, position, length], index * 3), position += aligned(length);
  }), { bytes, stretches, size: minimumPages(memory) * pageSize, clock };
}
function aligned(length) {
  return Math.ceil(length / 8) * 8;
}
function minimumPages(memory) {
  let pages = 0;
  for (let index = 2, scale = 1; ; index++, scale *= 128) {
    let byte = memory[index] ?? 0;
    if (pages += (byte & 127) * scale, byte < 128) return pages;
  }
}
function snapshotOfMemory(memory, globals, clock, from) {
  let base = from?.base ?? from, runs = base === void 0 ? [{ start: 0, end: memory.length }] : changedRuns(memory, base), bytes = new SharedArrayBuffer(runs.reduce((sum, { start, end: end2 }) => sum + end2 - start, 0)), target = new Uint8Array(bytes), stretches = sharedNumbers(runs.length * 3), position = 0;
  runs.forEach(({ start, end: end2 }, index) => {
    target.set(memory.subarray(start, end2), position), stretches.set([start, position, end2 - start], index * 3), position += end2 - start;
  });
  let size = memory.length;
  return { bytes, stretches, size, globals, clock, ...base === void 0 ? {} : { base } };
}
var unit = 4096;
function changedRuns(memory, base) {
  let now = Buffer.from(memory.buffer, memory.byteOffset, memory.length), then = Buffer.from(base.bytes), zeros = Buffer.alloc(unit), changed = new Uint8Array(Math.ceil(memory.length / unit)), compare = (from, to, offset) => {
    for (let at = from; at < to; ) {
      let end2 = Math.min(to, (Math.floor(at / unit) + 1) * unit), page = Math.floor(at / unit);
      if (changed[page] === 0) {
        let there = offset === void 0 ? 0 : offset + at - from, other = offset === void 0 ? zeros : then;
        now.compare(other, there, there + end2 - at, at, end2) !== 0 && (changed[page] = 1);
      }
      at = end2;
    }
  }, last = 0;
  eachStretch(base, (address, offset, length) => {
    compare(last, address), compare(address, address + length, offset), last = address + length;
  }), compare(last, memory.length);
  let runs = [];
  return changed.forEach((differs, page) => {
    if (differs === 0) return;
    let start = page * unit, end2 = Math.min(start + unit, memory.length), run2 = runs.at(-1);
    run2?.end === start ? run2.end = end2 : runs.push({ start, end: end2 });
  }), runs;
}
function restoreMemory(memory, snapshot) {
  let { base } = snapshot, source = new Uint8Array(snapshot.bytes);
  base !== void 0 && restoreMemory(memory, base);
  let end2 = 0;
  eachStretch(snapshot, (address, offset, length) => {
    base === void 0 && memory.fill(0, end2, address), memory.set(source.subarray(offset, offset + length), address), end2 = address + length;
  }), base === void 0 && memory.fill(0, end2);
}
function eachStretch({ stretches }, take) {
  for (let index = 0; index < stretches.length; index += 3)
    take(stretches[index] ?? 0, stretches[index + 1] ?? 0, stretches[index + 2] ?? 0);
}
function sharedNumbers(count) {
  return new Uint32Array(new SharedArrayBuffer(count * 4));
}

// src/engine/engine-file.ts
function loadEngine(file, entry) {
  let began = performance.now(), compressed = read(file, entry), digest = createHash("sha256").update(compressed).digest("hex");
  if (digest !== entry.compressed.sha256)
    throw new EngineFileError(
      `the engine ${entry.file} is not the one that was built: its SHA-256 is ${digest}, engines.json says ${entry.compressed.sha256}`
    );
  let raw = brotliDecompressSync(compressed, {
    maxOutputLength: entry.raw.size,
    chunkSize: entry.raw.size + 1
  }), decompressed = performance.now();
  tuneV8();
  let module = new WebAssembly.Module(raw), clock = { monotonic: BigInt(entry.clock.monotonic), seed: entry.clock.seed };
  return {
    engine: { module, start: snapshotOfModule(raw, clock) },
    times: { decompress: decompressed - began, compile: performance.now() - decompressed }
  };
}
function tuneV8() {
  Number.parseInt(process.versions.v8, 10) < 13 && setFlagsFromString("--interrupt-budget=1000000"), setFlagsFromString("--wasm-lazy-validation"), setFlagsFromString("--wasm-tiering-budget=600000000");
}
function read(file, entry) {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new EngineFileError(`cannot read the engine ${entry.file}`, { cause: error });
  }
}

// src/engine/tree-imports.ts
function createTreeImports(memory, view) {
  let decoder = new TextDecoder();
  function text(pointer, length) {
    return decoder.decode(new Uint8Array(memory(), pointer >>> 0, length >>> 0));
  }
  function answer(value, target, capacity) {
    let bytes = new TextEncoder().encode(value);
    return bytes.length <= capacity >>> 0 && new Uint8Array(memory()).set(bytes, target >>> 0), bytes.length;
  }
  return {
    stat(pointer = 0, length = 0) {
      let found = view().look(text(pointer, length));
      return found.kind === "file" ? BigInt(found.content.length) : BigInt(found.kind === "directory" ? -2 : found.kind === "missing" ? -1 : -3);
    },
    read(pointer = 0, length = 0, target = 0) {
      let path = text(pointer, length), found = view().look(path);
      if (found.kind !== "file") throw new TypeError(`the engine reads ${path}, which is ${found.kind}`);
      let { block, offset, length: size } = found.content;
      new Uint8Array(memory()).set(new Uint8Array(block, offset, size), target >>> 0);
    },
    list(pointer = 0, length = 0, target = 0, capacity = 0) {
      let names = view().list(text(pointer, length));
      return names === void 0 ? -1 : answer(names.join("\0"), target, capacity);
    },
    real(pointer = 0, length = 0, target = 0, capacity = 0) {
      let found = view().look(text(pointer, length));
      return found.kind === "missing" ? -1 : found.kind === "refused" ? -3 : answer(found.path, target, capacity);
    }
  };
}

// src/engine/wasi.ts
var initialClock = { monotonic: 1000000n, seed: 2654435769 }, buildTime = 1767225600, outputLimit = 64 * 1024, errno = { success: 0, badf: 8, inval: 28, noent: 44, nosys: 52 }, EngineExit = class extends Error {
  name = "EngineExit";
  code;
  constructor(code) {
    super(`the engine exited with status ${code}`), this.code = code;
  }
}, UnknownImport = class extends Error {
  name = "UnknownImport";
  constructor(module, name) {
    super(`the engine imports ${module}.${name}, which this host does not know`);
  }
}, refused = {
  fd_advise: errno.badf,
  fd_allocate: errno.badf,
  fd_close: errno.badf,
  fd_datasync: errno.badf,
  fd_fdstat_set_rights: errno.badf,
  fd_filestat_get: errno.badf,
  fd_filestat_set_size: errno.badf,
  fd_filestat_set_times: errno.badf,
  fd_pread: errno.badf,
  fd_prestat_dir_name: errno.badf,
  fd_pwrite: errno.badf,
  fd_read: errno.badf,
  fd_readdir: errno.badf,
  fd_renumber: errno.badf,
  fd_seek: errno.badf,
  fd_sync: errno.badf,
  fd_tell: errno.badf,
  path_create_directory: errno.noent,
  path_filestat_get: errno.noent,
  path_filestat_set_times: errno.noent,
  path_link: errno.noent,
  path_open: errno.noent,
  path_readlink: errno.noent,
  path_remove_directory: errno.noent,
  path_rename: errno.noent,
  path_symlink: errno.noent,
  path_unlink_file: errno.noent,
  proc_raise: errno.nosys,
  sock_accept: errno.nosys,
  sock_recv: errno.nosys,
  sock_send: errno.nosys,
  sock_shutdown: errno.nosys
};
function createWasi(memory) {
  let wall = BigInt(buildTime) * 1000000000n, { monotonic, seed } = initialClock, output = "", denied = {}, decoder = new TextDecoder(), view = () => new DataView(memory()), bytes = () => new Uint8Array(memory()), implemented = {
    args_sizes_get(count, size) {
      return view().setUint32(count >>> 0, 1, !0), view().setUint32(size >>> 0, 7, !0), errno.success;
    },
    args_get(pointers, buffer) {
      return view().setUint32(pointers >>> 0, buffer >>> 0, !0), bytes().set(new TextEncoder().encode("engine\0"), buffer >>> 0), errno.success;
    },
    environ_sizes_get(count, size) {
      return view().setUint32(count >>> 0, 0, !0), view().setUint32(size >>> 0, 0, !0), errno.success;
    },
    environ_get: () => errno.success,
    clock_time_get(id, _precision, result) {
      return id !== 0 && (monotonic += 1000n), view().setBigUint64(result >>> 0, id === 0 ? wall : monotonic, !0), errno.success;
    },
    random_get(pointer, length) {
      let target = bytes().subarray(pointer >>> 0, (pointer >>> 0) + (length >>> 0));
      for (let index = 0; index < target.length; index++)
        seed ^= seed << 13, seed ^= seed >>> 17, seed ^= seed << 5, target[index] = seed & 255;
      return seed >>>= 0, errno.success;
    },
    poll_oneoff(subscriptions, events, count, result) {
      let memoryView = view();
      for (let index = 0; index < count; index++) {
        let subscription = (subscriptions >>> 0) + index * 48, event = (events >>> 0) + index * 32, tag = memoryView.getUint8(subscription + 8);
        bytes().fill(0, event, event + 32), memoryView.setBigUint64(event, memoryView.getBigUint64(subscription, !0), !0), memoryView.setUint8(event + 10, tag), tag === 0 && (monotonic += memoryView.getBigUint64(subscription + 24, !0));
      }
      return memoryView.setUint32(result >>> 0, count, !0), errno.success;
    },
    sched_yield: () => errno.success,
    proc_exit(code) {
      throw new EngineExit(code);
    },
    fd_write(file, vectors, count, result) {
      if (file !== 1 && file !== 2) return deny("fd_write", errno.badf);
      let memoryView = view(), written = 0;
      for (let index = 0; index < count; index++) {
        let start = memoryView.getUint32((vectors >>> 0) + index * 8, !0), length = memoryView.getUint32((vectors >>> 0) + index * 8 + 4, !0), kept = Math.min(length, Math.max(0, outputLimit - output.length));
        output += decoder.decode(bytes().subarray(start, start + kept), { stream: !0 }), written += length;
      }
      return memoryView.setUint32(result >>> 0, written, !0), errno.success;
    },
    fd_fdstat_get(file, result) {
      return file > 2 ? errno.badf : (bytes().fill(0, result >>> 0, (result >>> 0) + 24), view().setUint8(result >>> 0, 2), errno.success);
    },
    fd_fdstat_set_flags: (file) => file > 2 ? errno.badf : errno.success,
    // No preopened directory: Go asks from file 3 on until it is refused.
    fd_prestat_get: () => errno.badf,
    clock_res_get: () => errno.inval
  };
  function deny(name, code) {
    return denied[name] = (denied[name] ?? 0) + 1, code;
  }
  let refusing = Object.entries(refused).map(([name, code]) => [name, () => deny(name, code)]);
  return {
    functions: { ...Object.fromEntries(refusing), ...implemented },
    reset(time, clock) {
      wall = BigInt(Math.trunc(time)) * 1000000000n, monotonic = clock.monotonic, seed = clock.seed, output = "", denied = {}, decoder = new TextDecoder();
    },
    clock: () => ({ monotonic, seed }),
    output: () => output,
    denied: () => denied
  };
}

// src/engine/instance.ts
var abiVersion = 1, callOperation = { request: 0, collect: 1, setGcPercent: 2, scrub: 3 }, growthLimit = 64 * 1024 * 1024;
function createInstance(module, options) {
  let view, broken = !1, fresh = !0, wasi = createWasi(buffer), functions = {
    wasi_snapshot_preview1: wasi.functions,
    tree: createTreeImports(buffer, currentView)
  }, instance = new WebAssembly.Instance(module, importsOf(module, functions)), exports = exportsOf(instance), startSize = buffer().byteLength;
  options.baked && checkAbi(exports);
  let initialGlobals = exports.globals.map(globalValue);
  return { call, usable: usable2, snapshot, exports };
  function buffer() {
    return exports.memory.buffer;
  }
  function currentView() {
    if (view === void 0) throw new TypeError("the engine reads its tree outside of a job");
    return view;
  }
  function usable2() {
    return !broken && buffer().byteLength <= startSize + growthLimit;
  }
  function rewind(start) {
    let wanted = start.size - buffer().byteLength;
    wanted > 0 && exports.memory.grow(wanted / pageSize), (!fresh || start.globals !== void 0) && restoreMemory(new Uint8Array(buffer()), start);
    let values = start.globals ?? initialGlobals;
    exports.globals.forEach((global, index) => global.value = values[index]), startSize = start.size, fresh = !1;
  }
  function call(job) {
    if (broken) throw new TypeError("a broken instance cannot be called again");
    job.start !== void 0 && rewind(job.start), wasi.reset(job.time, job.start?.clock ?? wasi.clock()), view = job.view;
    try {
      return { ...answer(job), denied: wasi.denied() };
    } catch (error) {
      return broken = !0, { ...faultOf(error, wasi.output()), denied: wasi.denied() };
    } finally {
      view = void 0;
    }
  }
  function answer(job) {
    let request = exports.alloc(job.frame.length) >>> 0;
    new Uint8Array(buffer()).set(job.frame, request);
    let packed = BigInt.asUintN(64, exports.call(callOperation.request, request, job.frame.length)), pointer = Number(packed >> 32n), length = Number(packed & 0xffffffffn);
    if (length > job.outputLimit)
      return { kind: "fault", code: "output-limit", message: `the engine answered ${Math.round(length / 1e6)} MB` };
    let bytes = new Uint8Array(buffer()).slice(pointer, pointer + length);
    return exports.release(request), exports.release(pointer), { kind: "response", bytes };
  }
  function snapshot(from) {
    return snapshotOfMemory(new Uint8Array(buffer()), exports.globals.map(globalValue), wasi.clock(), from);
  }
}
function globalValue(global) {
  return global.value;
}
function importsOf(module, functions) {
  let imports = {};
  for (let { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    let known = functions[from];
    if (kind !== "function" || known === void 0 || !Object.hasOwn(known, name))
      throw new UnknownImport(from, name);
    (imports[from] ??= {})[name] = known[name];
  }
  return imports;
}
function exportsOf(instance) {
  let exports = instance.exports;
  for (let name of ["memory", "abi", "alloc", "release", "call", ...globalNames])
    if (exports[name] === void 0) throw new TypeError(`the engine does not export ${name}`);
  let globals = globalNames.map((name) => exports[name]);
  return { ...exports, globals };
}
function checkAbi(exports) {
  let version = exports.abi();
  if (version !== abiVersion) throw new TypeError(`the engine speaks ABI ${version}, this host ${abiVersion}`);
}
var outOfMemory = /out of memory|cannot allocate memory/, stackOverflow = /stack overflow|exceeds \d+-byte limit/;
function faultOf(error, output) {
  if (outOfMemory.test(output))
    return { kind: "fault", code: "memory", message: "the engine ran out of memory (1 GiB)" };
  if (stackOverflow.test(output) || error instanceof RangeError)
    return { kind: "fault", code: "trap", message: "the engine ran out of stack: the input nests too deeply" };
  let said = /^(?:panic|fatal error|runtime error): .*/m.exec(output)?.[0].slice(0, 300);
  return said !== void 0 ? { kind: "fault", code: "trap", message: `the engine gave up: ${said}` } : error instanceof EngineExit ? { kind: "fault", code: "trap", message: error.message } : { kind: "fault", code: "trap", message: `the engine broke: ${error instanceof Error ? error.message : String(error)}` };
}

// src/engine/view.ts
var emptyShipment = {
  blocks: [],
  files: [],
  spans: new Int32Array(0),
  directories: [],
  links: [],
  refused: [],
  missing: []
}, linkLimit = 40;
function createView(shipment, ask2) {
  let known = /* @__PURE__ */ new Map(), links = new Map(shipment.links), read2 = /* @__PURE__ */ new Set(), undeclared = /* @__PURE__ */ new Set(), refused2 = /* @__PURE__ */ new Map();
  return index(), {
    look(path) {
      return note(follow(path, 0));
    },
    list(path) {
      let found = note(follow(path, 0));
      if (found.kind !== "directory") return;
      if (found.names !== void 0) return found.names;
      let answer = question(found.path);
      return answer.kind === "directory" ? answer.names : void 0;
    },
    record: () => ({
      read: [...read2].sort(),
      undeclared: [...undeclared].sort(),
      refused: Object.fromEntries([...refused2].sort(([a], [b]) => a < b ? -1 : 1))
    })
  };
  function index() {
    for (let path of [...shipment.files, ...shipment.directories.map(([path2]) => path2), ...links.keys()])
      for (let parent = above(path); parent !== void 0 && !known.has(parent); parent = above(parent))
        known.set(parent, { kind: "directory", path: parent });
    for (let [path, names] of shipment.directories) known.set(path, { kind: "directory", path, names });
    for (let path of shipment.missing) known.set(path, { kind: "missing", path });
    for (let [path, reason] of shipment.refused) known.set(path, { kind: "refused", path, reason });
    shipment.files.forEach((path, position) => {
      let [block = 0, offset = 0, length = 0] = shipment.spans.subarray(position * 3, position * 3 + 3), shared = shipment.blocks[block];
      if (shared === void 0) throw new RangeError(`no shared block ${block} for ${path}`);
      known.set(path, { kind: "file", path, content: { block: shared, offset, length } });
    });
  }
  function note(found) {
    return read2.add(found.path), found.kind === "refused" && refused2.set(found.path, found.reason), found;
  }
  function follow(path, hops) {
    let link = firstLink(path);
    return link === void 0 ? known.get(path) ?? absent(path) ?? question(path) : hops >= linkLimit ? { kind: "refused", path, reason: "link-loop" } : (read2.add(link.path), link.target.kind === "missing" ? { kind: "missing", path: link.path } : link.target.kind === "refused" ? { kind: "refused", path: link.path, reason: link.target.reason } : follow(join(link.target.path, path.slice(link.path.length + 1)), hops + 1));
  }
  function firstLink(path) {
    if (links.size !== 0)
      for (let end2 = path.indexOf("/"); ; end2 = path.indexOf("/", end2 + 1)) {
        let prefix = end2 === -1 ? path : path.slice(0, end2), target = links.get(prefix);
        if (target !== void 0) return { path: prefix, target };
        if (end2 === -1) return;
      }
  }
  function absent(path) {
    for (let child = path, parent = above(child); parent !== void 0; child = parent, parent = above(parent)) {
      let found = known.get(parent);
      if (found !== void 0)
        return found.kind === "refused" ? { kind: "refused", path, reason: found.reason } : found.kind !== "directory" ? { kind: "missing", path } : found.names === void 0 || found.names.includes(nameOf(child)) ? void 0 : { kind: "missing", path };
    }
  }
  function question(path) {
    let answer = ask2(path);
    return undeclared.add(path), known.set(path, answer), answer;
  }
}
function above(path) {
  if (path === "") return;
  let slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}
function nameOf(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}
function join(directory, rest) {
  return rest === "" ? directory : directory === "" ? rest : `${directory}/${rest}`;
}

// src/engine/worker.ts
var outputLimit2 = 128 * 1024 * 1024;
if (parentPort === null) throw new TypeError("worker.ts runs as a worker thread only");
var port = parentPort, { answers, bell } = workerData, waiting = new Int32Array(bell), engines = /* @__PURE__ */ new Map();
port.on("message", (message) => {
  message.kind === "job" ? run(message) : message.kind === "load" ? load(message) : engines.set(message.engine, { loaded: message.loaded, instance: void 0 });
});
function load({ engine, file, entry }) {
  try {
    let { engine: loaded, times } = loadEngine(new URL(file), entry);
    port.postMessage({ kind: "loaded", engine, loaded, times }), engines.set(engine, { loaded, instance: instantiate(loaded) });
  } catch (error) {
    if (!(error instanceof EngineFileError)) throw error;
    port.postMessage({ kind: "not-loaded", engine, message: error.message });
  }
}
function run(job) {
  let began = performance.now(), engine = engines.get(job.engine);
  if (engine === void 0) throw new TypeError(`a job came before its engine, ${job.engine}`);
  let instance = usable(engine), view = createView(job.shipment, ask), start = job.start ?? engine.loaded.start, result = instance.call({ frame: job.frame, time: job.time, view, start, outputLimit: outputLimit2 }), done = {
    kind: "done",
    result,
    record: view.record(),
    milliseconds: performance.now() - began,
    ...job.keep && result.kind === "response" ? { snapshot: instance.snapshot(start) } : {}
  };
  port.postMessage(done, result.kind === "response" ? [result.bytes.buffer] : []);
}
function usable(engine) {
  return engine.instance?.usable() !== !0 && (engine.instance = void 0, engine.instance = instantiate(engine.loaded)), engine.instance;
}
function instantiate({ module }) {
  return createInstance(module, { baked: !0 });
}
function ask(path) {
  Atomics.store(waiting, 0, 0), port.postMessage({ kind: "question", path }), Atomics.wait(waiting, 0, 0);
  let received = receiveMessageOnPort(answers);
  if (received === void 0) throw new TypeError("the bell rang without an answer");
  return received.message.look;
}
