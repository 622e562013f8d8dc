"""What somebody does to a bundle with the tools they have: change files, write lists anew, sign anew."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
import zipfile

from policies.audit import CHECKPOINT
from policies.rights import manifest as bag
from policies.rights import verify_bundle
from policies.rights.manifest import Entry, RowCount
from policies.signing import canonical, public_key, sign

OTHER = b"o" * 32
"""The seed of somebody else's key."""
HEART = "data/csv/heart_rate.csv"
OBSERVATIONS = "data/fhir/Observation.001.ndjson"
CHECKPOINTS = "audit/checkpoints.json"


def contents(path):
    """Return every file of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, changes, *, order=None, infos=()):
    """Write a bundle anew with some files changed (None takes one out), and nothing else put right."""
    files = contents(path) | changes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of a name that is there twice
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in order(files) if order else files:
                if files[name] is not None:
                    archive.writestr(name, files[name])
            for info, content in infos:
                archive.writestr(info, content)
    return path


def entry(name, content):
    """Return what the manifest says of a file."""
    count = RowCount(name)
    count.feed(content)
    return Entry(name, len(content), hashlib.sha256(content).hexdigest(), count.rows)


def resealed(path, changes, *, seed=OTHER, edit=lambda body: None, witnesses=True, info=True):
    """Change files, write every list anew and sign the manifest.

    With ``witnesses`` the checkpoints are signed anew as well, with ``info`` the lines of bag-info.txt that
    tell of payload and key are put right.
    """
    files = {name: data for name, data in (contents(path) | changes).items() if data is not None}
    if witnesses and CHECKPOINTS in files:
        files[CHECKPOINTS] = resigned(files[CHECKPOINTS], seed)
    listed = [entry(name, files[name]) for name in files if name not in bag.UNLISTED | {bag.LISTS, bag.INFO}]
    if info and bag.INFO in files:
        text = re.sub("Payload-Oxum: .*", bag.oxum(listed), files[bag.INFO].decode())
        files[bag.INFO] = re.sub("Signing-Key: .*", bag.signer_line(public_key(seed)), text).encode()
    files[bag.LISTS] = bag.bag_lines(listed, payload=True).encode()
    body = json.loads(files[bag.MANIFEST])
    about = {key: value for key, value in body.items() if key not in ("files", "format", "version")}
    tags = [entry(name, files[name]) for name in (bag.LISTS, bag.INFO) if name in files]
    body = bag.manifest([*listed, *tags], about)
    edit(body)
    files[bag.MANIFEST] = canonical(body)
    files[bag.SIGNATURE] = sign(seed, bag.DOMAIN, body).encode()
    files[bag.KEY] = public_key(seed).encode()
    every = [entry(name, files[name]) for name in files if name != bag.TAGS]
    files[bag.TAGS] = bag.bag_lines(every, payload=False).encode()
    return rewritten(path, {name: files.get(name) for name in contents(path) | files})


def resigned(checkpoints, seed):
    """Return the checkpoints as if another vault had signed them."""
    bodies = [{**one, "key": public_key(seed)} for one in json.loads(checkpoints)]
    for body in bodies:
        del body["signature"]
        body["signature"] = sign(seed, CHECKPOINT, body)
    return b"[" + b",".join(map(canonical, bodies)) + b"]"


def said(path, **how):
    """Return the problems that are found as one text."""
    found = verify_bundle(path, **how)
    assert found.ok == (not found.problems)
    return "\n".join(found.problems)
