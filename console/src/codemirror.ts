// CodeMirror, set up for JSON and for PartiQL. It lives in a shadow root: there its styles are
// adopted style sheets, which the page's content security policy allows.
import { autocompletion, closeBrackets, completionKeymap, type CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { sql, SQLDialect } from "@codemirror/lang-sql";
import { bracketMatching, defaultHighlightStyle, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { linter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, drawSelection, highlightActiveLine } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { isDark } from "./state";

export type Language = "json" | "partiql" | "expression";

export interface Mark {
  from: number;
  to: number;
  message: string;
}

export interface EditorHandle {
  setValue(value: string): void;
  setMark(mark: Mark | null): void;
  destroy(): void;
}

const PARTIQL = SQLDialect.define({
  keywords:
    "select from where order by asc desc insert into value update set remove delete returning all modified old new " +
    "and or not in between is missing null exists",
  builtin: "begins_with contains attribute_type size list_append set_add set_delete exists",
  types: "",
  doubleQuotedStrings: false,
  backslashEscapes: false,
});

const DARK = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "#9db8ff" },
  { tag: [tags.string, tags.special(tags.string)], color: "#9ed8a5" },
  { tag: [tags.number, tags.bool, tags.null], color: "#f0b37e" },
  { tag: [tags.propertyName, tags.standard(tags.name)], color: "#8fd3e8" },
  { tag: tags.comment, color: "#97a0b5" },
]);

function themeOf(dark: boolean) {
  return [
    EditorView.theme(
      {
        "&": { backgroundColor: "var(--field)", color: "var(--text)", fontSize: "13px", minHeight: "9rem" },
        "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selection)" },
        "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
        ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--text)", minHeight: "5em" },
        ".cm-gutters": { backgroundColor: "var(--soft)", color: "var(--muted)", border: "none" },
        ".cm-activeLine": { backgroundColor: "transparent" },
        ".cm-cursor": { borderLeftColor: "var(--text)" },
        "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection) !important" },
        ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--line)" },
        ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
        // its own picture is a data: address, which the page's policy does not load
        ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
        ".cm-lintPoint-error": { backgroundImage: "none" },
        ".cm-diagnostic": { color: "var(--text)", borderLeftColor: "var(--bad)" },
        ".cm-scroller": { maxHeight: "50vh", overflow: "auto" },
      },
      { dark },
    ),
    syntaxHighlighting(dark ? DARK : defaultHighlightStyle),
  ];
}

export function createEditor(
  host: HTMLElement,
  options: {
    label: string;
    language: Language;
    value: string;
    onValue: (value: string) => void;
    onSubmit: () => void;
    names: () => readonly string[];
  },
): EditorHandle {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const theme = new Compartment();
  const complete = (context: CompletionContext) => {
    const word = context.matchBefore(/[\w.\-#:"]+/);
    if (!word && !context.explicit) return null;
    return { from: word?.from ?? context.pos, options: options.names().map((label) => ({ label, type: "property" })) };
  };
  const language = options.language === "json" ? json() : sql({ dialect: PARTIQL, upperCaseKeywords: true });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.value,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: options.language === "json" ? null : [complete] }),
        language,
        language.language.data.of({ autocomplete: complete }),
        linter(null),
        theme.of(themeOf(isDark())),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": options.label }),
        keymap.of([
          {
            key: "Mod-Enter",
            run: () => {
              options.onSubmit();
              return true;
            },
          },
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          indentWithTab,
        ]),
        EditorView.updateListener.of((update) => update.docChanged && options.onValue(update.state.doc.toString())),
      ],
    }),
  });
  const recolour = () => view.dispatch({ effects: theme.reconfigure(themeOf(isDark())) });
  const media = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(recolour);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  media.addEventListener("change", recolour);
  return {
    setValue(value) {
      if (value !== view.state.doc.toString()) {
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
      }
    },
    setMark(mark) {
      const length = view.state.doc.length;
      const marks: Diagnostic[] = mark
        ? [{ from: Math.min(mark.from, length), to: Math.min(Math.max(mark.to, mark.from + 1), length), severity: "error", message: mark.message }]
        : [];
      view.dispatch(setDiagnostics(view.state, marks));
    },
    destroy() {
      observer.disconnect();
      media.removeEventListener("change", recolour);
      view.destroy();
    },
  };
}
