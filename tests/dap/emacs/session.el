;;; session.el --- Emacs's dap-mode leads a session and says what it sees  -*- lexical-binding: t -*-

;; TRAPLINE, PROGRAM, SOURCE and LINE (of the breakpoint) are environment variables.

;;; Code:

(require 'package)
(package-initialize)
(require 'dap-mode)
(require 'dap-ui) ; dap-mode forgets that it needs this for the filters of exceptions

(defun trapline--populate (configuration)
  "Say how the server of CONFIGURATION is started: docs/editors.md."
  (dap--put-if-absent configuration :dap-server-path (list (getenv "TRAPLINE") "dap"))
  configuration)

(dap-register-debug-provider "trapline" #'trapline--populate)

(defun trapline--line ()
  "Return the line of the frame that is shown; nil while the program runs."
  (let ((frame (dap--debug-session-active-frame (dap--cur-session))))
    (and frame (gethash "line" frame))))

(defun trapline--wait (what predicate)
  "Wait until PREDICATE is true; an error that names WHAT when it does not become so."
  (let ((end (+ (float-time) 60)))
    (while (not (funcall predicate))
      (when (> (float-time) end)
        (error "No %s" what))
      (accept-process-output nil 0.02))))

(defun trapline--say (name value)
  "Print NAME and VALUE for the test that reads this."
  (princ (format "%s=%s\n" name value)))

(setq dap-breakpoints-file (make-temp-file "breakpoints")
      dap-auto-show-output nil)
(find-file (getenv "SOURCE"))
(forward-line (1- (string-to-number (getenv "LINE"))))
(dap-breakpoint-add)

(dap-debug (list :type "trapline" :request "launch" :name "test"
                 :program (getenv "PROGRAM") :args ["word"]))
(trapline--wait "stop" #'trapline--line)
(trapline--say "stopped" (line-number-at-pos)) ; where point is, as the user sees it

(let* ((session (dap--cur-session))
       (frame (dap--debug-session-active-frame session)))
  (trapline--say "function" (gethash "name" frame))
  (trapline--say "value" (gethash "result" (dap-request session "evaluate"
                                                        :expression "value * factor"
                                                        :frameId (gethash "id" frame))))
  (dotimes (_ 2)
    (let ((before (trapline--line)))
      (dap-next session)
      (trapline--wait "step" (lambda () (and (trapline--line) (/= (trapline--line) before))))))
  (trapline--say "stepped" (line-number-at-pos))
  (dap-breakpoint-delete-all)
  (dap-continue session (dap--debug-session-thread-id session))
  (trapline--wait "end" (lambda () (not (dap--session-running session))))
  (trapline--say "output" (with-current-buffer (dap--debug-session-output-buffer session)
                            (json-encode-string (buffer-substring-no-properties (point-min) (point-max))))))

;;; session.el ends here
