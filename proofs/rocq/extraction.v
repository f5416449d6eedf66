(* The verified checkers on sparse rows in OCaml: writes BinNums.ml, maps.ml, sparse_chain_checker.ml,
   sparse_kinds_checker.ml, sparse_process_checker.ml and sparse_network_checker.ml, and more files that nothing uses.

   Beside extraction itself and the compiler of OCaml, what is trusted is this page: that addition, multiplication,
   negation, equality and order of Zarith's integers are those of Coq's, and that booleans, options, pairs and lists are
   those of OCaml. Nothing else is replaced; places in rows are Coq's own binary numbers, digit by digit. *)

From Coq Require Import ZArith Extraction.
From LumpForm Require Import sparse_chain_checker sparse_kinds_checker sparse_process_checker sparse_network_checker.

Extraction Language OCaml.
Extraction Blacklist Z.

Extract Inductive bool => "bool" ["true" "false"].
Extract Inductive option => "option" ["Some" "None"].
Extract Inductive list => "list" ["[]" "(::)"].
Extract Inductive prod => "( * )" [""].
Extract Inlined Constant andb => "(&&)".
Extract Inlined Constant fst => "fst".
Extract Inlined Constant snd => "snd".

(* The only constructor that the checkers use is zero, and they take no integer apart. *)
Extract Inductive Z => "Z.t" ["Z.zero" "never_built" "never_built"] "never_taken_apart".
Extract Inlined Constant Z.eqb => "Z.equal".
Extract Inlined Constant Z.ltb => "Z.lt".
Extract Inlined Constant Z.add => "Z.add".
Extract Inlined Constant Z.mul => "Z.mul".
Extract Inlined Constant Z.opp => "Z.neg".

Separate Extraction check_ordinary check_exact check_strict check_proportional check_process check_network.
