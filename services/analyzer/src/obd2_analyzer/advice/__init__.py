"""The words of the analyzer: a language model puts facts into sentences, and code checks every one of them."""
