"""The web page: ``python app.py``, then open http://127.0.0.1:7860."""

from skindelta.web import launch

if __name__ == "__main__":
    launch()
