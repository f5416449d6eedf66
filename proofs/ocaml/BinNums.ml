
type positive =
| Coq_xI of positive
| Coq_xO of positive
| Coq_xH


