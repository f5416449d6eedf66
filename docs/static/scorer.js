// The search shows what has exactly the name that was typed first: "lump" finds lumpform.lump before the pages about lumping.
var Scorer = {
  objNameMatch: 100,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
