(* What became of a neuron, as a sum of nodes of a reduced network, and whether such sums are equal.

   In the reduced network a layer may read every node before it (skipping_layers.v). What became of an input or a neuron
   of the original is a sum of nodes of the reduced network, over a denominator of the layer: those that take its place
   in its own layer, those before, and a constant; or it is unread: nothing that is not unread reads it. This is the place of a
   merged neuron, of a constant, and of an opposite, a linear, or a stable one.

   Notations
     stands q Y p v          v is what the fate p says, for the values Y of the reduced network
     stand q ps Y x          all of x are what the fates ps say
     gather ps f r s         f times what a row reads of the reduced network, on a stack, and of constants
     sum_is ps f q n parts   whether f q times the input of neuron n is a sum of multiples of rows with biases
     total parts Y           the value of that sum

   Main statement
     sum_shown               if sum_is accepts, the input is that sum, for all values that stand *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require Import chain_checker maps sparse_network_checker skipping_layers.
Import ListNotations.
Local Open Scope R_scope.

Inductive fate := Sum (own before : entries) (constant : Z) | Unread.

Fixpoint put (k : Z) (r : entries) (stack : list entries) : list entries :=
  match r with
  | [] => stack
  | (t, w) :: r' => put k r' (push [(t, k * w)%Z] stack)
  end.

Fixpoint gather (ps : tree fate) (f : Z) (r : entries) (stack : list entries) (constants : Z)
    : option (list entries * Z) :=
  match r with
  | [] => Some (stack, constants)
  | (t, w) :: r' =>
      match find t ps with
      | Some (Sum own before k) => gather ps f r' (put (f * w) before (put (f * w) own stack)) (constants + w * k)
      | Some Unread => if Z.eqb w 0 then gather ps f r' stack constants else None
      | None => None
      end
  end%Z.

(* A multiple of a row with a bias. *)
Definition part := (Z * neuron)%type.

Fixpoint without (parts : list part) (stack : list entries) (constants : Z) : list entries * Z :=
  match parts with
  | [] => (stack, constants)
  | (m, n) :: parts' => without parts' (put (- m) (fst n) stack) (constants + - m * snd n)
  end%Z.

Definition sum_is (ps : tree fate) (f q : Z) (n : neuron) (parts : list part) : bool :=
  match gather ps f (fst n) [] 0 with
  | None => false
  | Some (stack, constants) =>
      let (rest, c) := without parts stack (f * (constants + snd n * q)) in
      all_zero (merged rest) && Z.eqb c 0
  end%Z.

(* What the lists say. *)
Definition stands (q : Z) (Y : positive -> R) (p : fate) (v : R) : Prop :=
  match p with
  | Unread => True
  | Sum own before k => IZR q * v = dot own Y + dot before Y + IZR k
  end.

Definition stand (q : Z) (ps : list fate) (Y x : positive -> R) : Prop :=
  forall t p, nth_error ps (pred (Pos.to_nat t)) = Some p -> stands q Y p (x t).

Definition input_of (n : neuron) (x : positive -> R) : R := dot (fst n) x + IZR (snd n).

Lemma input_pair r k x : input_of (r, k) x = dot r x + IZR k.
Proof. reflexivity. Qed.

Fixpoint total (parts : list part) (Y : positive -> R) : R :=
  match parts with
  | [] => 0
  | (m, n) :: parts' => IZR m * input_of n Y + total parts' Y
  end.

(* Sums. *)
Lemma put_dot k r stack Y : stack_dot (put k r stack) Y = IZR k * dot r Y + stack_dot stack Y.
Proof.
  revert stack. induction r as [|[t w] r IH]; intros stack; simpl; [ring|].
  rewrite IH, push_dot. simpl. rewrite mult_IZR. ring.
Qed.

Lemma gather_dot ps q f r Y x : stand q ps Y x -> forall stack constants stack' constants',
  gather (numbered ps) f r stack constants = Some (stack', constants') ->
  IZR f * IZR q * dot r x = stack_dot stack' Y - stack_dot stack Y + IZR f * (IZR constants' - IZR constants).
Proof.
  intros L. induction r as [|[t w] r IH]; simpl; intros stack constants stack' constants' ok.
  - injection ok as <- <-. ring.
  - rewrite numbered_find in ok. destruct (nth_error ps (pred (Pos.to_nat t))) as [p|] eqn:E; [|discriminate].
    apply L in E. destruct p as [own before k |]; simpl in E.
    + apply IH in ok. rewrite !put_dot, plus_IZR, !mult_IZR in ok.
      replace (IZR f * IZR q * (IZR w * x t + dot r x))
        with (IZR f * IZR w * (IZR q * x t) + IZR f * IZR q * dot r x) by ring.
      rewrite E, ok. ring.
    + destruct (Z.eqb_spec w 0) as [->|]; [|discriminate]. apply IH in ok. rewrite Rmult_plus_distr_l, ok. ring.
Qed.

Lemma without_total parts Y : forall stack c stack' c', without parts stack c = (stack', c') ->
  stack_dot stack' Y + IZR c' = stack_dot stack Y + IZR c - total parts Y.
Proof.
  induction parts as [|[m n] parts IH]; intros stack c stack' c' E; simpl in E |- *.
  - injection E as <- <-. ring.
  - apply IH in E. rewrite E, put_dot, plus_IZR, mult_IZR, opp_IZR. unfold input_of. ring.
Qed.

Theorem sum_shown ps f q n parts Y x : stand q ps Y x -> sum_is (numbered ps) f q n parts = true ->
  IZR f * IZR q * input_of n x = total parts Y.
Proof.
  unfold sum_is. intros L ok. destruct (gather _ _ _ _ _) as [[stack constants]|] eqn:G; [|discriminate].
  destruct (without parts stack _) as [rest c] eqn:W. apply andb_prop in ok. destruct ok as [zero none].
  apply Z.eqb_eq in none. subst c. apply (all_zero_dot _ Y) in zero. rewrite merged_dot in zero.
  apply (gather_dot _ q _ _ Y x L) in G. apply (without_total _ Y) in W. rewrite zero in W. simpl in G.
  rewrite mult_IZR, plus_IZR, mult_IZR in W. unfold input_of.
  rewrite Rmult_plus_distr_l, G. lra.
Qed.
