import { stemOf } from "../index/words.ts"

// Words programmers use for one another. A general list, of abbreviations mostly; no project's own words.
const groups = `
  argument arg args; authentication auth authenticate; authorization auth authorize; authorise authorize;
  application app; asynchronous async; attribute attr; average avg; background bg; boolean bool; buffer buf; button btn;
  calculate compute; cancel abort; character char; command cmd; compare cmp diff; concatenate concat join;
  configuration config cfg conf settings; connection conn; context ctx; convert transform; coordinate coord; copy clone;
  count number; create make; current cur; database db; decrypt cipher; delete remove; dependency dep deps;
  description desc; destination dest dst; developer dev; development dev; dictionary dict map; difference diff;
  directory dir folder; display show render; document doc; documentation docs; duplicate dup; element elem; empty blank;
  encrypt cipher; environment env; error err failure exception; evaluate eval; execute exec run; expression expr;
  extension ext; find search lookup; folder directory; format fmt; function func fn; generate gen; hash digest;
  height h; identifier id; image img; implementation impl; index idx; information info; initialize init initialise;
  insert add; instance inst; integer int; internationalization i18n; iterate loop; javascript js; language lang;
  length len size; library lib; list array; load read; location loc; manager mgr; maximum max; memory mem; merge combine;
  message msg; middleware mw; minimum min; multiply mul; navigation nav; number num; object obj; operation op;
  option opt; original orig; package pkg; parameter param params; parse decode; password passwd pwd; path filename;
  permission perm; pointer ptr; position pos; previous prev; process proc; production prod; property prop; python py;
  random rand; receive recv; reference ref; register reg; regular regex; repository repo; request req; response res resp;
  result res; return ret; save write store; second sec; select choose pick; send emit; sequence seq; serialize encode dump;
  server srv; session sess; source src; specification spec; standard std; start begin launch; statistics stats; stop halt;
  string str; substitute sub replace; synchronize sync; synchronous sync; synchronise sync; system sys; table tbl;
  temperature temp; temporary temp tmp; terminate kill; text txt; timestamp ts; token tok; transaction tx; typescript ts;
  unicode utf8; update refresh; user usr; utility util; validate check verify; value val; variable var; vector vec;
  version ver; width w; window win; write output`

const byStem = new Map<string, Set<string>>()
for (const group of groups.split(";")) {
  const stems = group.trim().split(/\s+/).map(stemOf)
  for (const stem of stems) {
    const others = byStem.get(stem) ?? new Set<string>()
    for (const other of stems) if (other !== stem) others.add(other)
    byStem.set(stem, others)
  }
}

/** Stems of other words for the same, at most four; empty for most words. */
export const synonymsOf = (stem: string): readonly string[] => [...(byStem.get(stem) ?? [])].slice(0, 4)
