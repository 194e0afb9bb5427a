"""How good a result will be: results on record, features of images, and a model that learns from both."""
