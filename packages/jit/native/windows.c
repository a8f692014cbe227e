/*
 * What a Windows library needs where the start-up code of the C library is left out: it would be a third of the file, and
 * nothing here has constructors or thread-local variables. The few functions of the C library come from the system's own
 * copy, ucrtbase.dll (windows.def).
 */
int _fltused = 1; /* the compiler's sign that floating point is used */

__attribute__((stdcall)) int DllMainCRTStartup(void *module, unsigned reason, void *reserved) {
  (void)module, (void)reason, (void)reserved;
  return 1;
}
