(* A verified checker for outputs of a reduced network: what they are at most on a box is said of the original.

   The reduction is judged as in sparse_network_checker.v. Half-spaces are one more ReLU layer behind the reduced network, of
   left sides minus right sides and a margin; on every box of a tree its outputs, which are zero where a half-space holds by
   more than the margin, are compared with those of a network of zeros by the checker of differences, with the margin as
   epsilon (difference_checker.v).

   Notations
     property                half-spaces: sums of outputs, each at most a numerator over one denominator
     sides q c               the ReLU layer of left sides minus right sides, and q
     zeros ls c              layers without neurons, as many as ls, and zeros in the place of the half-spaces
     check_output            the checker

   Main statement
     output_checked          if it accepts, the half-spaces hold for the original on every real input in the box *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require network_checker.
From LumpForm Require Import chain_checker maps zonotope sparse_network_checker difference_layers difference_checker.
Import ListNotations.
Local Open Scope R_scope.

Record property := Property { over : Z; half_spaces : list (entries * Z) }.

Definition times (k : Z) (r : entries) : entries := map (fun tw => (fst tw, k * snd tw)%Z) r.

Definition side (q : bound) (d : Z) (h : entries * Z) : neuron :=
  (times (d * under q) (fst h), above q * d - snd h * under q)%Z.

Definition sides (q : bound) (c : property) : layer :=
  Layer (over c * under q) true (map (side q (over c)) (half_spaces c)).

Definition zeros (ls : list layer) (c : property) : list layer :=
  map (fun l => Layer Z.one (relu l) []) ls ++ [Layer Z.one true (map (fun _ => ([], 0%Z)) (half_spaces c))].

Definition check_output (p : precision) (q : bound) (ls ls' : list layer) (ps : list (Z * list place)) (c : property)
    (more : nat) (s : splits) (b : box) : bool :=
  Z.ltb 0 (over c) && check_network ls ls' ps
  && check_difference p q (ls' ++ [sides q c]) (zeros ls' c) (map (fun _ => []) (zeros ls' c)) more s b.

(* What the lists say. *)
Lemma times_dot k r x : dot (times k r) x = IZR k * dot r x.
Proof. induction r as [|[t w] r IH]; simpl; [ring|]. rewrite IH, mult_IZR. ring. Qed.

Lemma dot_equal r x y : (forall j, x j = y j) -> dot r x = dot r y.
Proof. intros same. induction r as [|[t w] r IH]; simpl; [reflexivity|]. rewrite IH, same. reflexivity. Qed.

Lemma eval_last ls l x : eval (ls ++ [l]) x = eval_layer l (eval ls x).
Proof. revert x. induction ls as [|l' ls IH]; intros x; simpl; [reflexivity|]. apply IH. Qed.

Lemma zeros_zero ls c x j : eval (zeros ls c) x j = 0.
Proof.
  unfold zeros. rewrite eval_last. unfold eval_layer. simpl. rewrite nth_error_map.
  destruct (nth_error (half_spaces c) (pred (Pos.to_nat j))); simpl; [|reflexivity].
  rewrite Rmax_right; lra.
Qed.

Theorem output_checked p q ls ls' ps c more s b : check_output p q ls ls' ps c more s b = true ->
  forall x, inside b x -> forall r k, In (r, k) (half_spaces c) -> dot r (eval ls x) <= IZR k / IZR (over c).
Proof.
  unfold check_output. intros ok x ins r k member. apply andb_prop in ok. destruct ok as [ok apart].
  apply andb_prop in ok. destruct ok as [D same]. apply Z.ltb_lt, IZR_lt in D.
  assert (U : 0 < IZR (under q)).
  { unfold check_difference in apart. repeat (apply andb_prop in apart; destruct apart as [apart ?]).
    apply IZR_lt, Z.ltb_lt. assumption. }
  rewrite (dot_equal r _ (eval ls' x)) by (intros j; apply (sparse_network _ _ _ same)).
  apply In_nth_error in member. destruct member as [i member].
  pose proof (difference_checked _ _ _ _ _ _ _ _ apart x ins (Pos.of_succ_nat i)) as near.
  rewrite zeros_zero, Rminus_0_r, eval_last in near. unfold eval_layer in near.
  rewrite SuccNat2Pos.id_succ in near. simpl in near. rewrite nth_error_map, member in near. simpl in near.
  rewrite times_dot, minus_IZR, !mult_IZR in near. set (y := dot r (eval ls' x)) in *.
  pose proof (Rle_trans _ _ _ (Rle_abs _) near) as most. apply (Rle_trans _ _ _ (Rmax_l _ _)) in most.
  apply (Rmult_le_reg_r (IZR (over c) * IZR (under q))); [apply Rmult_lt_0_compat; assumption|].
  apply (Rmult_le_compat_r (IZR (over c) * IZR (under q))) in most; [|apply Rlt_le, Rmult_lt_0_compat; assumption].
  unfold Rdiv in *. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in most
    by (apply Rgt_not_eq, Rmult_lt_0_compat; assumption).
  assert (E : IZR (above q) * / IZR (under q) * (IZR (over c) * IZR (under q)) = IZR (above q) * IZR (over c))
    by (field; lra).
  assert (K : IZR k * / IZR (over c) * (IZR (over c) * IZR (under q)) = IZR k * IZR (under q)) by (field; lra).
  rewrite K. rewrite E in most. lra.
Qed.
