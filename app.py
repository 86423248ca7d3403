"""The web page: ``python app.py``, then open http://127.0.0.1:7860."""

from skindelta.record import default_folder
from skindelta.web import Records, launch

if __name__ == "__main__":
    launch(Records(default_folder()))
