"""Repositories without Rust: their files, the one that a token is planted in, its text with the token, and the token's place."""

PYTHON = {
    "pyproject.toml": '[project]\nname = "service"\nversion = "0.1.0"\ndependencies = ["httpx"]\n',
    "service/__init__.py": "",
    "service/settings.py": 'import os\n\nTOKEN = os.environ["TOKEN"]\n',
    "tests/test_service.py": "def test_it():\n    assert True\n",
    ".gitignore": "__pycache__/\n.venv/\n",
}

TERRAFORM = {
    "main.tf": 'terraform {\n  required_version = ">= 1.6"\n}\n\nprovider "github" {\n  token = var.token\n}\n',
    "variables.tf": 'variable "token" {\n  type      = string\n  sensitive = true\n}\n',
    "prod.tfvars": 'region = "eu-central-1"\n',
    ".gitignore": ".terraform/\n*.tfstate\n",
}

REPOSITORIES = {
    "python": (PYTHON, "service/settings.py", 'import os\n\nTOKEN = "PLANTED"\n', "3:10"),
    "terraform": (TERRAFORM, "prod.tfvars", 'region = "eu-central-1"\ntoken  = "PLANTED"\n', "2:11"),
}
