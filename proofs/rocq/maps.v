(* Sparse rows, sums of them, lists, and maps from positive numbers, for checkers that compute.

   Notations
     entries               a sparse row: pairs of a place and a number there; what occurs twice is added
     weight r t            the number at t (chain_checker.v)
     merge a b             both rows, entries at one place added if both are in order
     onto place k r stack  k times the row r, entry by entry at its place, merged onto a stack of rows
     merged stack          one row
     all_zero r            whether every entry is zero
     find t m              what a map holds at t, if anything
     held d t m            the same, or else d
     numbered l            the map that holds entry t of a list at t, from 1
     at_state d l t        entry t of a list, from 1, or else d
     same_length a b       whether two lists have one length

   Rows are sorted by the lowest binary digits of places, which is quick. No statement here needs the order: if rows
   are not in it, zero sums may stay unseen, and a checker says false. *)

From Coq Require Import ZArith List Bool Lia.
From LumpForm Require Import chain_checker.
Import ListNotations.
Local Open Scope Z_scope.

Definition entries := list (positive * Z).

Inductive relation := Same | Before | After.

Fixpoint order (s t : positive) : relation :=
  match s, t with
  | xH, xH => Same
  | xH, _ => Before
  | _, xH => After
  | xO s', xO t' => order s' t'
  | xI s', xI t' => order s' t'
  | xO _, xI _ => Before
  | xI _, xO _ => After
  end.

Fixpoint merge (a : entries) : entries -> entries :=
  match a with
  | [] => fun b => b
  | (s, v) :: a' =>
      fix inner (b : entries) : entries :=
        match b with
        | [] => a
        | (t, w) :: b' =>
            match order s t with
            | Same => (s, v + w) :: merge a' b'
            | Before => (s, v) :: merge a' b
            | After => (t, w) :: inner b'
            end
        end
  end.

(* Rows of 1, 2, 4, ... entries, as in a binary counter. *)
Fixpoint push (a : entries) (stack : list entries) : list entries :=
  match stack with
  | [] => [a]
  | [] :: stack' => a :: stack'
  | b :: stack' => [] :: push (merge b a) stack'
  end.

Fixpoint onto (place : positive -> option positive) (k : Z) (r : entries) (stack : list entries) : option (list entries) :=
  match r with
  | [] => Some stack
  | (t, w) :: r' =>
      match place t with
      | Some c => onto place k r' (push [(c, k * w)] stack)
      | None => None
      end
  end.

Fixpoint merged (stack : list entries) : entries :=
  match stack with
  | [] => []
  | a :: stack' => merge a (merged stack')
  end.

Fixpoint all_zero (r : entries) : bool :=
  match r with
  | [] => true
  | (_, w) :: r' => Z.eqb w 0 && all_zero r'
  end.

Inductive tree (A : Type) := Leaf | Node (l : tree A) (v : option A) (r : tree A).
Arguments Leaf {A}.
Arguments Node {A} l v r.

Fixpoint find {A : Type} (t : positive) (m : tree A) : option A :=
  match m with
  | Leaf => None
  | Node l v r => match t with xH => v | xO t' => find t' l | xI t' => find t' r end
  end.

Fixpoint add {A : Type} (t : positive) (a : A) (m : tree A) : tree A :=
  match m with
  | Leaf =>
      match t with
      | xH => Node Leaf (Some a) Leaf
      | xO t' => Node (add t' a Leaf) None Leaf
      | xI t' => Node Leaf None (add t' a Leaf)
      end
  | Node l v r =>
      match t with
      | xH => Node l (Some a) r
      | xO t' => Node (add t' a l) v r
      | xI t' => Node l v (add t' a r)
      end
  end.

Definition held {A : Type} (default : A) (t : positive) (m : tree A) : A :=
  match find t m with Some a => a | None => default end.

Fixpoint next (t : positive) : positive :=
  match t with
  | xH => xO xH
  | xO t' => xI t'
  | xI t' => xO (next t')
  end.

Fixpoint number_from {A : Type} (t : positive) (l : list A) (m : tree A) : tree A :=
  match l with
  | [] => m
  | a :: l' => number_from (next t) l' (add t a m)
  end.

Definition numbered {A : Type} (l : list A) : tree A := number_from 1 l Leaf.

Fixpoint same_length {A B : Type} (a : list A) (b : list B) : bool :=
  match a, b with
  | [], [] => true
  | _ :: a', _ :: b' => same_length a' b'
  | _, _ => false
  end.

Definition at_state {A : Type} (default : A) (l : list A) (t : positive) : A := nth (pred (Pos.to_nat t)) l default.

(* Sums. *)
Lemma order_eq s t : order s t = Same -> s = t.
Proof. revert t. induction s as [s IH|s IH|]; intros [t|t|] H; simpl in H; try discriminate; f_equal; auto. Qed.

Lemma weight_cons s w r t : weight ((s, w) :: r) t = (if Pos.eqb s t then w else 0) + weight r t.
Proof. simpl. destruct (Pos.eqb s t); reflexivity. Qed.

Lemma merge_weight a b t : weight (merge a b) t = weight a t + weight b t.
Proof.
  revert b. induction a as [|[s v] a IH]; intros b; [reflexivity|].
  induction b as [|[u w] b IHb]; [simpl; ring|].
  change (merge ((s, v) :: a) ((u, w) :: b)) with
    (match order s u with
     | Same => (s, v + w) :: merge a b
     | Before => (s, v) :: merge a ((u, w) :: b)
     | After => (u, w) :: merge ((s, v) :: a) b
     end).
  destruct (order s u) eqn:E.
  - apply order_eq in E. subst u. rewrite !weight_cons, IH. destruct (Pos.eqb s t); ring.
  - rewrite weight_cons, IH, !weight_cons. ring.
  - rewrite weight_cons, IHb, !weight_cons. ring.
Qed.

Fixpoint stack_weight (stack : list entries) (t : positive) : Z :=
  match stack with
  | [] => 0
  | a :: stack' => weight a t + stack_weight stack' t
  end.

Lemma push_weight a stack t : stack_weight (push a stack) t = weight a t + stack_weight stack t.
Proof.
  revert a. induction stack as [|b stack IH]; intros a; simpl; [reflexivity|].
  destruct b as [|e b]; [reflexivity|].
  change (stack_weight (push (merge (e :: b) a) stack) t = weight a t + (weight (e :: b) t + stack_weight stack t)).
  rewrite IH, merge_weight. ring.
Qed.

Lemma merged_weight stack t : weight (merged stack) t = stack_weight stack t.
Proof. induction stack as [|a stack IH]; simpl; [reflexivity|]. rewrite merge_weight, IH. reflexivity. Qed.

Lemma all_zero_weight r t : all_zero r = true -> weight r t = 0.
Proof.
  induction r as [|[s w] r IH]; simpl; intros ok; [reflexivity|]. apply andb_prop in ok. destruct ok as [zero ok].
  apply Z.eqb_eq in zero. subst w. rewrite IH by exact ok. destruct (Pos.eqb s t); reflexivity.
Qed.

(* What is put onto a stack is a row whose entries are at their places. *)
Definition placed_at (place : positive -> option positive) (d t : positive) : positive :=
  match place t with Some c => c | None => d end.

Lemma onto_weight place k r d stack stack' : onto place k r stack = Some stack' ->
  (forall t, In t (map fst r) -> place t <> None)
  /\ forall c, stack_weight stack' c = k * into (placed_at place d) r c + stack_weight stack c.
Proof.
  revert stack. induction r as [|[t w] r IH]; simpl; intros stack ok.
  - injection ok as <-. split; [intros t []|]. intros c. ring.
  - unfold placed_at at 1. destruct (place t) as [b|] eqn:E; [|discriminate]. apply IH in ok. destruct ok as [all sums].
    split.
    + intros u [<-|I]; [rewrite E; discriminate | apply all; exact I].
    + intros c. rewrite sums, push_weight. simpl. destruct (Pos.eqb b c); ring.
Qed.

Lemma into_itself r c : into (placed_at Some 1) r c = weight r c.
Proof. induction r as [|[t w] r IH]; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.

(* Lists and maps. *)
Lemma same_length_spec A B (a : list A) (b : list B) : same_length a b = true -> length a = length b.
Proof.
  revert b. induction a as [|x a IH]; intros [|y b]; simpl; intros ok; try discriminate; [reflexivity|].
  rewrite (IH b ok). reflexivity.
Qed.

Lemma find_leaf A t : find t (@Leaf A) = None.
Proof. destruct t; reflexivity. Qed.

Lemma find_add A s t (a : A) m : find t (add s a m) = if Pos.eqb s t then Some a else find t m.
Proof.
  revert t m. induction s as [s IH|s IH|]; intros t [|l v r]; destruct t as [t|t|]; simpl;
    rewrite ?IH, ?find_leaf; reflexivity.
Qed.

Lemma held_add A (d a : A) s t m : held d t (add s a m) = if Pos.eqb s t then a else held d t m.
Proof. unfold held. rewrite find_add. destruct (Pos.eqb s t); reflexivity. Qed.

Lemma next_succ t : next t = Pos.succ t.
Proof. induction t as [t IH|t IH|]; simpl; rewrite ?IH; reflexivity. Qed.

Lemma number_from_find A (l : list A) s m t :
  find t (number_from s l m) =
    if Pos.ltb t s then find t m
    else match nth_error l (Pos.to_nat t - Pos.to_nat s) with Some a => Some a | None => find t m end.
Proof.
  revert s m. induction l as [|a l IH]; intros s m; simpl.
  - destruct (Pos.ltb t s); [reflexivity|]. destruct (Pos.to_nat t - Pos.to_nat s)%nat; reflexivity.
  - rewrite IH, find_add, next_succ. destruct (Pos.eqb_spec s t) as [->|no].
    + replace (Pos.ltb t (Pos.succ t)) with true by (symmetry; apply Pos.ltb_lt; lia).
      rewrite Pos.ltb_irrefl, Nat.sub_diag. reflexivity.
    + destruct (Pos.ltb_spec t s) as [lt|le].
      * replace (Pos.ltb t (Pos.succ s)) with true by (symmetry; apply Pos.ltb_lt; lia). reflexivity.
      * replace (Pos.ltb t (Pos.succ s)) with false by (symmetry; apply Pos.ltb_ge; lia).
        replace (Pos.to_nat t - Pos.to_nat s)%nat with (S (Pos.to_nat t - Pos.to_nat (Pos.succ s))) by lia. reflexivity.
Qed.

Lemma numbered_find A (l : list A) t : find t (numbered l) = nth_error l (pred (Pos.to_nat t)).
Proof.
  unfold numbered. rewrite number_from_find. replace (Pos.ltb t 1) with false by (symmetry; apply Pos.ltb_ge; lia).
  replace (Pos.to_nat t - Pos.to_nat 1)%nat with (pred (Pos.to_nat t)) by lia.
  rewrite find_leaf. destruct (nth_error l (pred (Pos.to_nat t))); reflexivity.
Qed.

Lemma numbered_found A (l : list A) d t : match find t (numbered l) with Some a => a | None => d end = at_state d l t.
Proof.
  unfold at_state. rewrite numbered_find. destruct (nth_error l (pred (Pos.to_nat t))) as [a|] eqn:E.
  - symmetry. apply nth_error_nth. exact E.
  - symmetry. apply nth_overflow. apply nth_error_None. exact E.
Qed.

Lemma numbered_inside A (l : list A) t : find t (numbered l) <> None -> (Pos.to_nat t <= length l)%nat.
Proof. rewrite numbered_find. intros H. apply nth_error_Some in H. lia. Qed.
