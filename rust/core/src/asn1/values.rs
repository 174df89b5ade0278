//! Values of single elements: integers, booleans, times, text (X.690 §8 and §11, with historic tolerance).
