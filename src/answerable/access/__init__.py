"""access: who may do what, and who they are.

Owns     staff members, their roles and permissions, log-in sessions, API tokens of a site.
Emits    AccessGranted, AccessRevoked.
Imports  events, kernel.
Start at model.py: Permission, Role, Actor; then service.LogIn.
"""
