// The difference of two items as a table, down into maps.
import { contrast, own, short, stable, typeOf, type AttributeValue, type Item } from "./values";

interface Difference {
  path: string;
  before: AttributeValue | undefined;
  after: AttributeValue | undefined;
}

/** Attributes that differ; of maps on both sides, the members that differ. */
function deep(before: Item, after: Item, prefix: string): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [was, is] = [own(before, name), own(after, name)];
    if (stable(was) === stable(is)) return [];
    const path = prefix ? `${prefix}.${name}` : name;
    if (was?.M && is?.M) return deep(was.M, is.M, path);
    return [{ path, before: was, after: is }];
  });
}

const SHOWN = 200;

export function Differences(props: { before: Item | null; after: Item }) {
  const all = deep(props.before ?? {}, props.after, "");
  return (
    <div class="scrolled" tabIndex={0} role="region" aria-label="Differences">
      <table class="differences">
        <thead>
          <tr>
            <th scope="col">Attribute</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {all.slice(0, SHOWN).map((one) => {
            const [was, is] = one.before && one.after ? contrast(one.before, one.after) : [short(one.before), short(one.after)];
            return (
            <tr key={one.path}>
              <th scope="row">
                <bdi>{one.path}</bdi>
              </th>
              <td class={one.before ? "removed" : ""}>{one.before && <Typed type={typeOf(one.before)} text={was} />}</td>
              <td class={one.after ? "added" : ""}>{one.after && <Typed type={typeOf(one.after)} text={is} />}</td>
            </tr>
            );
          })}
        </tbody>
      </table>
      {all.length > SHOWN && <small>{all.length - SHOWN} more differences.</small>}
    </div>
  );
}

function Typed(props: { type: string; text: string }) {
  return (
    <>
      <span class="type">{props.type}</span> <bdi>{props.text}</bdi>
    </>
  );
}
