(* The verified checkers on sparse rows in OCaml: writes BinNums.ml, maps.ml, sparse_chain_checker.ml,
   sparse_kinds_checker.ml, sparse_process_checker.ml, sparse_reachability_checker.ml,
   sparse_process_reachability_checker.ml, sparse_network_checker.ml, those of the checkers of differences, of outputs and
   of substitution, and more files that nothing uses.

   Beside extraction itself and the compiler of OCaml, what is trusted is this page: that addition, multiplication,
   negation, equality and order of Zarith's integers are those of Coq's (for differences also subtraction, the absolute
   value, the larger, the smaller, and division by positive numbers, rounded down), and that booleans, options, pairs
   and lists are those of OCaml, with its map and for_all. Nothing else is replaced; places in rows are Coq's own binary
   numbers, digit by digit. *)

From Coq Require Import ZArith List Extraction.
From LumpForm Require Import sparse_chain_checker sparse_kinds_checker sparse_process_checker sparse_network_checker.
From LumpForm Require Import sparse_reachability_checker sparse_process_reachability_checker difference_checker
  output_checker substitution_checker.

Extraction Language OCaml.
Extraction Blacklist Z.

Extract Inductive bool => "bool" ["true" "false"].
Extract Inductive option => "option" ["Some" "None"].
Extract Inductive list => "list" ["[]" "(::)"].
Extract Inductive prod => "( * )" [""].
Extract Inlined Constant andb => "(&&)".
Extract Inlined Constant negb => "not".
Extract Inlined Constant fst => "fst".
Extract Inlined Constant snd => "snd".
Extract Inlined Constant map => "List.map".
Extract Inlined Constant forallb => "List.for_all".

(* The only constructor that the checkers use is zero, one is a name (Z.one), and they take no integer apart. *)
Extract Inductive Z => "Z.t" ["Z.zero" "never_built" "never_built"] "never_taken_apart".
Extract Inlined Constant Z.eqb => "Z.equal".
Extract Inlined Constant Z.ltb => "Z.lt".
Extract Inlined Constant Z.add => "Z.add".
Extract Inlined Constant Z.mul => "Z.mul".
Extract Inlined Constant Z.opp => "Z.neg".
Extract Inlined Constant Z.one => "Z.one".
Extract Inlined Constant Z.leb => "Z.leq".
Extract Inlined Constant Z.sub => "Z.sub".
Extract Inlined Constant Z.abs => "Z.abs".
Extract Inlined Constant Z.max => "Z.max".
Extract Inlined Constant Z.min => "Z.min".
Extract Inlined Constant Z.div => "Z.fdiv".

Separate Extraction check_ordinary check_exact check_strict check_proportional check_process check_network
  check_bound check_process_bound check_difference check_output check_reduction.
