(* What every theorem rests on; check_assumptions.py reads the answers. *)

From LumpForm Require graph chains irreducible coarsest network_checker chain_checker.
Import graph chains irreducible coarsest network_checker chain_checker.

Print Assumptions T1_lift.
Print Assumptions T1_quotient.
Print Assumptions T9_unscaled.
Print Assumptions T12_constant.
Print Assumptions T12_dead.
Print Assumptions T16_active.
Print Assumptions T16_inactive.
Print Assumptions T16_opposite.
Print Assumptions T16_dependent.
Print Assumptions T13_node.
Print Assumptions T15_pruned.
Print Assumptions T3_ordinary.
Print Assumptions T4_exact.
Print Assumptions T5_strict.
Print Assumptions T6_duality.
Print Assumptions T10_compose.
Print Assumptions T7_proportional.
Print Assumptions T7_stationary.
Print Assumptions T9_rescaled.
Print Assumptions T8_transient.
Print Assumptions T8_reversed_two_sided.
Print Assumptions T8_reversed_ordinary.
Print Assumptions T8_singular.
Print Assumptions T8_singular_two.
Print Assumptions one_sign.
Print Assumptions unique_stationary.
Print Assumptions T8_a.
Print Assumptions T8_b.
Print Assumptions T4_stationary.
Print Assumptions T8_reducible.
Print Assumptions T8_some.
Print Assumptions T8_e_two.
Print Assumptions T8_e_not_one.
Print Assumptions T2_join.
Print Assumptions T2_unique.
Print Assumptions T2_coarsest.
Print Assumptions T10_minimal.
Print Assumptions T2_layer.
Print Assumptions T2_layer_coarser.
Print Assumptions network_checked.
Print Assumptions step_checked.
Print Assumptions chain_checked.
