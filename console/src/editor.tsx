// The code editor, loaded when it is first needed: a text area stands in its place until then.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { EditorHandle, Language, Mark } from "./codemirror";

export interface EditorProps {
  label: string;
  language: Language;
  value: string;
  onValue: (value: string) => void;
  onSubmit?: () => void;
  /** Names that are suggested while typing. */
  names?: readonly string[];
  /** The place of an error. */
  mark?: Mark | null;
}

export function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const handle = useRef<EditorHandle | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [ready, setReady] = useState(false);

  useEffect(() => {
    let gone = false;
    void import("./codemirror").then(({ createEditor }) => {
      if (gone || !host.current) return;
      handle.current = createEditor(host.current, {
        label: props.label,
        language: props.language,
        value: latest.current.value,
        onValue: (value) => latest.current.onValue(value),
        onSubmit: () => latest.current.onSubmit?.(),
        names: () => latest.current.names ?? [],
      });
      setReady(true);
    });
    return () => {
      gone = true;
      handle.current?.destroy();
    };
  }, []);
  // before anything else is typed: a later effect would bring an older text back
  useLayoutEffect(() => handle.current?.setValue(props.value), [props.value, ready]);
  useEffect(() => handle.current?.setMark(props.mark ?? null), [props.mark, ready]);

  return (
    <div class="editor">
      {!ready && (
        <textarea
          aria-label={props.label}
          rows={8}
          spellcheck={false}
          value={props.value}
          onInput={(event) => props.onValue(event.currentTarget.value)}
        />
      )}
      <div ref={host} />
    </div>
  );
}
