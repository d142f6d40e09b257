import { either, leaf, named } from "./leaf.js";
import * as v from "./values.js";

const PACKAGE_OR_COMMAND = "a Debian package, or a command of several words";

/** What the host must have. */
export const requires = named(v.text("a program or a path"), v.text(PACKAGE_OR_COMMAND))
  .prefault({})
  .meta({
    description:
      "What guests need of this host, and what brings it: a program's name, or a path (with a / in it, relative to the experiment's folder; * stands for any text between two slashes), and a Debian package, or (with a space in it) a command for the experiment's folder",
    examples: [{ nginx: "nginx", "/usr/lib/postgresql/*/bin/initdb": "postgresql" }],
  });

const FIELDS = "the path of a field, a list of them, or a map of choices";
const anything = leaf("anything", {}, (given) => given ?? null);

/** Names for `--set`. */
export const parameters = named(
  v.fileName,
  either(
    named(v.text("a choice"), named(v.text("the path of a field"), anything)),
    v.references,
    FIELDS,
  ).meta({ title: "field, list of fields or map of choices" }),
)
  .prefault({})
  .meta({
    title: "names with fields",
    description:
      "Names under which `--set` reaches fields: `--set NAME=VALUE` sets all that are listed; or, with a map, what it has for that VALUE",
    examples: [
      { clients: "guests.client.count" },
      { size: { large: { "guests.web.count": 8, "guests.client.count": 64 } } },
    ],
  });
