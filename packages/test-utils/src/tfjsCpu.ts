/** TF.js's own backend in JavaScript and its gradients, for tests that compute outside of a compiled function. */
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
