"""The workbench: the way from imagery to a reviewed map as five steps."""
