/** How a Python program is run, as a module of Python: it becomes part of the snapshot that every interpreter begins with. */

/** Modules that programs are likely to import; in the snapshot they are there at once. */
const modules = [
  "abc, array, ast, asyncio, base64, bisect, builtins, calendar, cmath, collections, collections.abc, contextlib, copy",
  "csv, dataclasses, datetime, decimal, difflib, enum, fractions, functools, hashlib, heapq, inspect, io, itertools, json",
  "linecache, math, operator, os, os.path, pathlib, pprint, queue, random, re, shutil, statistics, string, sys, tempfile",
  "textwrap, threading, time, traceback, types, typing, unittest, unittest.mock, urllib.parse, uuid, weakref, zlib",
];

export const pythonHarness = `
import ${modules.join("\nimport ")}

def _sleep(seconds, /):
    """As time.sleep, which would look at the clock again and again until it is late enough."""
    seconds = float(seconds)
    if not 0 <= seconds < 2**53:
        raise ValueError("sleep length must be non-negative and finite")
    with _open("/dev/clock", "w") as clock:
        clock.write(f"{seconds * 1000}\\n")

_open = open
_closed = ("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core")

class _Closed:
    """Finds none of the modules that lead to JavaScript."""
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] in _closed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

class _Stuck(RuntimeError):
    pass

class _Selector:
    """There is nothing to wait for but time, which sleeping moves on."""
    def select(self, timeout):
        if timeout is None:
            raise _Stuck("a future never settles: nothing is left that could run")
        if timeout > 0:
            time.sleep(timeout)
        return []
    def close(self):
        pass

class _Loop(asyncio.BaseEventLoop):
    """An event loop of Python alone; Pyodide's own needs JavaScript."""
    def __init__(self):
        super().__init__()
        self._selector = _Selector()
    def _process_events(self, events):
        pass
    def _write_to_self(self):
        pass

class _Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    _loop_factory = _Loop

def _run(main, *, debug=None, loop_factory=None):
    """As asyncio.run, which Pyodide replaces."""
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("asyncio.run() cannot be called from a running event loop")
    with asyncio.Runner(debug=debug, loop_factory=loop_factory) as runner:
        return runner.run(main)

def begin(seed):
    """A state of its own for each run; the ways to JavaScript are closed."""
    random.seed(seed)
    os.environ.clear()
    os.environ.update(HOME="/work", LANG="C.UTF-8", TZ="UTC")
    for name in list(sys.modules):
        if name.split(".")[0] in _closed:
            del sys.modules[name]
    sys.meta_path[:] = [_Closed] + [one for one in sys.meta_path if "_pyodide" not in type(one).__module__]
    asyncio._set_running_loop(None)
    asyncio.events._set_event_loop_policy(_Policy())
    asyncio.run = asyncio.runners.run = _run
    time.sleep = _sleep
    main = types.ModuleType("__main__")
    main.__file__ = "/work/main.py"
    sys.modules["__main__"] = main
    sys.path.insert(0, "/work")
    sys.argv[:] = ["main.py"]
    os.chdir("/work")
    return main

def _name(error):
    kind = type(error)
    return kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__name__}"

def _text(error):
    try:
        return str(error)
    except BaseException:
        return ""

def _print(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    try:
        traceback.print_exception(type(error), error, trace)
    except BaseException:
        pass

def _failed(error):
    if isinstance(error, SystemExit):
        code = error.code
        if code is None or isinstance(code, int):
            return {"kind": "exit", "code": (code or 0) & 0xFF}
        try:
            print(code, file=sys.stderr)
        except BaseException:
            pass
        return {"kind": "exit", "code": 1}
    if isinstance(error, MemoryError):
        return {"kind": "memory"}
    _print(error)
    return {"kind": "exception", "name": _name(error), "message": _text(error)}

class _NoJson(Exception):
    pass

def _check(value, path, above):
    where = f" at {path}" if path else ""
    def refuse(what):
        raise _NoJson(f"the value{where} is {what}, which JSON cannot hold")
    if value is None or isinstance(value, (str, bool)):
        return
    if isinstance(value, int):
        if abs(value) >= 2**53:
            raise _NoJson(f"the value{where} is an integer of more than 53 bits, which not every reader of JSON can hold; return it as a text")
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            refuse(str(value))
        return
    if not isinstance(value, (list, tuple, dict)):
        refuse(f"of the type {type(value).__name__}")
    if id(value) in above:
        refuse("a circle")
    if len(above) >= 500:
        refuse("nested deeper than 500 levels")
    inside = above | {id(value)}
    if isinstance(value, dict):
        for key, field in value.items():
            if not isinstance(key, str):
                raise _NoJson(f"the value{where} has the key {key!r}, which is no text")
            _check(field, f"{path}.{key}" if path else key, inside)
    else:
        for index, item in enumerate(value):
            _check(item, f"{path}[{index}]", inside)

_dumps = json.dumps

def _returned(value):
    if value is None:
        return {"kind": "ok"}
    try:
        _check(value, "", frozenset())
    except _NoJson as error:
        return {"kind": "value", "message": str(error)}
    return {"kind": "ok", "value": _dumps(value)}

def _flush():
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()
        except BaseException:
            pass

def run(main, code):
    """Runs a program; the outcome as JSON."""
    linecache.cache["/work/main.py"] = (len(code), None, code.splitlines(True), "/work/main.py")
    try:
        exec(compile(code, "/work/main.py", "exec"), main.__dict__)
        return _dumps({"kind": "ok"})
    except BaseException as error:
        return _dumps(_failed(error))
    finally:
        _flush()

async def _await(value):
    return await value

def call(main, name, arguments):
    """Calls a function of the program; the outcome as JSON."""
    try:
        callee = main.__dict__.get(name)
        if not callable(callee):
            return _dumps({"kind": "value", "message": f"the program defines no function {name} at its top level"})
        value = callee(*json.loads(arguments))
        if inspect.isawaitable(value):
            value = _run(_await(value))
        return _dumps(_returned(value))
    except _Stuck as error:
        return _dumps({"kind": "value", "message": str(error)})
    except BaseException as error:
        return _dumps(_failed(error))
    finally:
        _flush()
`;

/** Makes the harness a module of the interpreter, under a name that only the runner looks for. */
export const installHarness = `
import types as _types
_hone = _types.ModuleType("_hone")
_hone.__file__ = "<hone>"
exec(compile(_harness, "<hone>", "exec"), _hone.__dict__)
del _types, _harness
`;
