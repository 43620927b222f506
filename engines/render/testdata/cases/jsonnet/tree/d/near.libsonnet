{ near: true }
