"""Namegate: does a model name follow the policy, and is it true of the weights?"""
