(* T11: each hypothesis is needed. Small models on which a conclusion fails without it, as computed facts.

   Main statements
     T11_positive_ratios, T11_weighted_sums, T11_homogeneous, T11_pinned, T11_biases    of T1
     T11_lumpable         of T3
     T11_uniform          of T4 *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Definition relu (x : int) : int := if 0 <= x then x else 0.

(* Two neurons with the incoming weights 1 and -1, of input 1: the second is not -1 times the first. *)
Theorem T11_positive_ratios : relu (- 1 * 1) <> - 1 * relu (1 * 1).
Proof. by []. Qed.

(* Neurons u, v with v = 2 u; two readers with the weights (3, 0) and (0, 3): both have the sum 3 over the class, but
   their values differ. *)
Theorem T11_weighted_sums (u := relu 1) (v := relu 2) :
  [/\ v = 2 * u, (3 + 0 = 0 + 3 :> int)%R & relu (3 * u + 0 * v) <> relu (0 * u + 3 * v)].
Proof. by []. Qed.

Definition clipped (x : int) : int := if 1 <= x then 1 else relu x.

(* A clipped ReLU is not homogeneous: the neuron with twice the weight is not twice the other. *)
Theorem T11_homogeneous : clipped (2 * 1) <> 2 * clipped (1 * 1).
Proof. by []. Qed.

(* Two inputs have no incoming edges, so their sums agree; what reads one of them is not what reads the other. *)
Theorem T11_pinned (x := 1 : int) (y := 2 : int) : 1 * x + 0 * y <> 0 * x + 1 * y.
Proof. by []. Qed.

(* Weights 1 and 2 but equal biases: the second neuron is not twice the first. *)
Theorem T11_biases (x := 1 : int) : relu (2 * x + 1) <> 2 * relu (1 * x + 1).
Proof. by []. Qed.

(* Chains of three states with the classes {0, 1} and {2}, as rows over a common denominator. *)
Definition moved (A : seq (seq int)) (p : seq int) (t : nat) : int :=
  \sum_(s <- iota 0 3) p`_s * (nth [::] A s)`_t.

(* State 0 stays in its class, state 1 leaves it: two starts with the same class masses differ after a step. *)
Theorem T11_lumpable (A := [:: [:: 1; 0; 0]; [:: 0; 0; 1]; [:: 0; 0; 1]] : seq (seq int)) (p := [:: 1; 0; 0]) (q := [:: 0; 1; 0]) :
  p`_0 + p`_1 = q`_0 + q`_1 /\ moved A p 0 + moved A p 1 <> moved A q 0 + moved A q 1.
Proof. by rewrite /moved unlock. Qed.

(* Incoming sums agree inside {0, 1}, but a start that is not uniform there is not uniform after a step. *)
Theorem T11_uniform (A := [:: [:: 1; 0; 0]; [:: 0; 1; 0]; [:: 0; 0; 1]] : seq (seq int)) (p := [:: 1; 0; 0]) :
  (nth [::] A 0)`_0 + (nth [::] A 1)`_0 = (nth [::] A 0)`_1 + (nth [::] A 1)`_1 /\ moved A p 0 <> moved A p 1.
Proof. by rewrite /moved unlock. Qed.
