"""`artisan`: one thin command for each thing that people and supervisors do with the product.

Commands import what they need when they run, so that `artisan --help` is quick and each process loads only its own
part. What the commands do lies elsewhere; here stand their names, options and exit codes.
"""

import logging
import os
import sys
from importlib.util import find_spec
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from core.keys import UnknownKey
from deploy.embedded.environment import adopt_running_stack, home_folder, wanted_port
from deploy.embedded.errors import StackError

app = typer.Typer(
    name="artisan",
    help="Run and look after ArtisanConnect. State lies in ARTISAN_HOME (.artisan), ports count up from PORT (8000).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _present(module: str) -> bool:
    """Whether this checkout has the module that a command needs: an installed wheel has no tests, and so no benches."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@app.command()
def up() -> None:
    """Start everything here: PostgreSQL, Temporal, the partner sandbox, the API and the workers. Ctrl-C stops it."""
    from deploy.embedded import supervisor

    raise typer.Exit(supervisor.run(home_folder(), wanted_port()))


@app.command()
def down() -> None:
    """Stop the stack that runs in this home; its data is kept."""
    from deploy.embedded import home

    stopped = home.stop(home_folder())
    print("stopped" if stopped else f"nothing runs in {home_folder()}")


@app.command()
def reset(force: Annotated[bool, typer.Option("--force", help="Do not ask.", envvar="FORCE")] = False) -> None:
    """Delete everything that the stack of this home ever stored: orders, listings, payments, logs, keys."""
    from deploy.embedded import home

    folder = home_folder()
    if not folder.exists():
        print(f"there is nothing in {folder}")
        return
    if not force:
        typer.confirm(f"Delete all data in {folder}?", abort=True)
    home.stop(folder)
    home.remove(folder)
    print(f"deleted {folder}")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    adopt_running_stack()
    from core.settings import get_settings
    from models import migrations

    migrations.upgrade(get_settings().database_url)


@app.command()
def namespace() -> None:
    """Make the Temporal namespace fit: it exists, keeps closed runs for 30 days, knows every search attribute."""
    adopt_running_stack()
    import asyncio

    from core.settings import get_settings
    from core.temporal import tls_of
    from deploy.namespace import ensure

    settings = get_settings()
    asyncio.run(ensure(settings.temporal_address, settings.temporal_namespace, tls_of(settings)))


@app.command()
def replay(row: Annotated[int, typer.Argument(help="Number of the row in `inbox_events`.")]) -> None:
    """Hand a stored webhook or courier callback over once more."""
    adopt_running_stack()
    import asyncio

    from core.settings import get_settings
    from deploy.replay import replay as hand_over_again

    if not asyncio.run(hand_over_again(get_settings(), row)):
        print(f"artisan: the inbox has no row {row}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"row {row} is due; the API hands it over within seconds")


@app.command()
def permissions() -> None:
    """Write down who may use which route: `api/PERMISSIONS.md`."""
    from deploy import permissions as written

    print(f"{written.write()} routes are in {written.TABLE.name}.")


keys_app = typer.Typer(help="Show, rotate and erase the keys that data is sealed with, while everything runs.")
app.add_typer(keys_app, name="keys", no_args_is_help=True)


@keys_app.command()
def create() -> None:
    """Make the key ring where there is none yet, with one key for each purpose; a ring that exists keeps its keys."""
    adopt_running_stack()
    from core.keys import FileKeyRing
    from core.settings import get_settings

    path = get_settings().keys_path
    print(f"{path} holds {len(FileKeyRing.create(path).all())} keys")


@keys_app.command("list")
def list_keys() -> None:
    """Show every key: what it seals, since when, and whether it still does."""
    adopt_running_stack()
    from rich.console import Console

    from core.settings import get_settings
    from deploy import keys

    Console().print(keys.table(get_settings()))


@keys_app.command()
def rotate(purpose: Annotated[str, typer.Argument(help="Such as `payloads`; `artisan keys list` shows all.")]) -> None:
    """Seal with a new key from now on. The one before still opens what it sealed."""
    adopt_running_stack()
    import asyncio

    from core.keys import Purpose
    from core.settings import get_settings
    from deploy import keys

    if purpose not in set(Purpose):
        raise typer.BadParameter(f"there are keys for {', '.join(Purpose)}")
    done = asyncio.run(keys.rotate(get_settings(), Purpose(purpose)))
    print(f"{done.current.id} seals from now on; {done.before.id} still opens. {done.note}".rstrip())


@keys_app.command("rotate-signing")
def rotate_signing(
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Somebody else may have the key: void its tokens.")
    ] = False,
) -> None:
    """Sign tokens with a new key. It is published first and signs in an hour; `--at-once` voids the others now."""
    adopt_running_stack()
    import asyncio

    from core.settings import get_settings
    from deploy import signing

    print(asyncio.run(signing.rotate(get_settings(), at_once=at_once)))


@keys_app.command()
def erase(
    key: Annotated[str, typer.Argument(help="The id of a key that is not current.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy an old key: what it sealed can never be read again, by nobody."""
    adopt_running_stack()
    import asyncio

    from core.settings import get_settings
    from deploy import keys

    settings = get_settings()
    for sentence in asyncio.run(keys.consequences(settings, key)):
        print(sentence)
    if not yes:
        typer.confirm(f"Erase {key} for ever?", abort=True)
    asyncio.run(keys.erase(settings, key))
    print(f"{key} is erased")


@app.command()
def code(email: Annotated[str, typer.Argument(help="Of a demo account, such as admin@demo.example.")]) -> None:
    """Print the one-time code that a demo account is asked for at its second step. On this stack only."""
    adopt_running_stack()
    import asyncio

    from core.settings import get_settings
    from deploy.demo_codes import code_for

    print(asyncio.run(code_for(get_settings(), email)))


erasures_app = typer.Typer(help="Look after the journal of people who have been erased.")
app.add_typer(erasures_app, name="erasures", no_args_is_help=True)


@erasures_app.callback()
def erasures() -> None:
    """A group of one command, so that more may join it."""


@erasures_app.command("replay")
def replay_erasures() -> None:
    """After a backup was restored: erase again whoever it has brought back. Before anybody is let in."""
    adopt_running_stack()
    from core.settings import get_settings
    from deploy.erasures import run

    done = run(get_settings())
    print(f"{done.known} erasures in the journal, {done.erased} people erased again")


@app.command()
def data_map() -> None:
    """Write down what is kept about people, where and how long: `deploy/DATA-MAP.md`."""
    from deploy import data_map as written

    print(f"{written.write()} tables are in {written.FILE.name}.")


@app.command()
def doctor() -> None:
    """Say what is configured, what answers and what is missing. Exit code 1 when something needed is missing."""
    adopt_running_stack()
    from deploy.doctor import examine

    raise typer.Exit(examine())


@app.command()
def api() -> None:
    """Serve the shop, the desks and the JSON API."""
    adopt_running_stack()
    import uvicorn

    from core import tls
    from core.logging import configure_logging
    from core.settings import get_settings

    settings = get_settings()
    secure = tls.api_serving(settings)
    # Without it an unexpected error would be drawn with every local variable: minutes of a blocked loop, and secrets.
    configure_logging(settings.log_level, json=settings.log_json)
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        ssl_context_factory=None if secure is None else lambda _config, _usual: secure,
        timeout_graceful_shutdown=5,
        # Behind a proxy of ours in the cluster, whose address FORWARDED_ALLOW_IPS names; nobody else is believed. On
        # loopback nobody is in between.
        proxy_headers=settings.environment == "cluster",
    )


@app.command()
def worker(
    pool: Annotated[list[str], typer.Option("--pool", help="A pool's name, several with commas, or `all`.")],
) -> None:
    """Do the work of one or more pools until told to stop; then finish what is in hand."""
    adopt_running_stack()
    from workers.run import main as work

    work([name.strip() for given in pool for name in given.split(",") if name.strip()])


@app.command()
def sandbox() -> None:
    """Serve the partners' stand-ins: payments, couriers and mail."""
    adopt_running_stack()
    from deploy.sandbox.config import SandboxConfig
    from deploy.sandbox.serve import serve

    serve(SandboxConfig.from_env())


@app.command()
def seed(
    artisans: Annotated[int, typer.Option(min=1, envvar="ARTISAN_SEED_ARTISANS", help="How many shops.")] = 15,
    listings: Annotated[int, typer.Option(min=1, envvar="ARTISAN_SEED_LISTINGS", help="How many listings.")] = 151,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Only when there is nothing yet.")] = False,
) -> None:
    """Fill the marketplace with believable shops, listings and demo accounts."""
    adopt_running_stack()
    from deploy.seed import run as seeding

    seeding.main(artisans, listings, if_empty=if_empty)


if _present("deploy.tours"):

    @app.command()
    def tour(story: Annotated[str, typer.Argument(help="Which story to play, such as `checkout`.")]) -> None:
        """Play one story on the running stack through its public HTTP API, step by step in plain words."""
        adopt_running_stack()
        from deploy import tours

        raise typer.Exit(tours.play(story))


if _present("deploy.verify"):

    @app.command()
    def verify() -> None:
        """Check what must always hold: ledger, stock, carts, open orders. Reads only. Exit code 1 on a violation."""
        adopt_running_stack()
        from deploy.verify import run as check

        raise typer.Exit(check())


if _present("tests.bench"):

    @app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def bench(context: typer.Context, name: Annotated[str, typer.Argument(help="Such as `checkout`.")]) -> None:
        """Measure the running stack; `--json` prints figures for machines."""
        adopt_running_stack()
        from runpy import run_module

        module = f"tests.bench.{name}"
        if not name.isidentifier() or not _present(module):
            raise typer.BadParameter(f"there is no bench called {name}")
        sys.argv = [f"artisan bench {name}", *context.args]
        try:
            run_module(module, run_name="__main__")
        except ModuleNotFoundError as missing:
            needed = f"`make bench NAME={name}` installs what benches need first"
            raise StackError(f"{missing.name} is missing: {needed}.") from missing


def main() -> None:
    """The entry point. What a person can put right is said in a sentence, never as a traceback."""
    try:
        app()
    except ValidationError as problem:
        from core.settings import sentences

        for sentence in sentences(problem):
            print(f"artisan: {sentence}", file=sys.stderr)
        _leave(1)
    except (StackError, UnknownKey, ValueError) as problem:
        print(f"artisan: {problem}", file=sys.stderr)
        _leave(1)
    except SystemExit as done:
        if not isinstance(done.code, int | None):
            raise
        _leave(done.code or 0)


def _leave(code: int) -> NoReturn:
    """Ends the process with this exit code.

    Once the Temporal client has been used, the interpreter's own tidying up may abort: a thread of the client's core
    releases the lock of an interpreter that is no longer there. By now our work is done and flushed.
    """
    if "temporalio.bridge.temporal_sdk_bridge" not in sys.modules:
        sys.exit(code)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
