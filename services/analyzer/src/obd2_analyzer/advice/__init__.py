"""What is told about a drive: findings in their rules' sentences, and reviewed checks a model chooses among."""
