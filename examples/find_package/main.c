/* The same blur from C: the problem as text, planned once, run with pointers. */
#include <faltung/c.h>
#include <stdio.h>

static int failed(void) {
  fprintf(stderr, "%s\n", faltung_last_error());
  return 1;
}

int main(void) {
  float pixels[16] = {0, 0, 0, 0, 0, 16}, output[16];
  float blur[9] = {1, 2, 1, 2, 4, 2, 1, 2, 1};
  for (int i = 0; i < 9; ++i) blur[i] /= 16;

  faltung_context* context = NULL;
  if (faltung_context_create(kDLCPU, 0, &context) != FALTUNG_OK) return failed();
  faltung_plan* plan = NULL;
  if (faltung_plan_create(context, "fwd f32 n1 c1 k1 i4x4 f3x3 p1", NULL, &plan) != FALTUNG_OK) return failed();
  if (faltung_plan_run(plan, pixels, blur, output, NULL, NULL, 1, NULL, 0, NULL) != FALTUNG_OK) return failed();

  for (int i = 0; i < 16; ++i) printf("%3g%s", output[i], i % 4 == 3 ? "\n" : "");
  faltung_plan_destroy(plan);
  faltung_context_destroy(context);
  return output[5] == 4 ? 0 : 1; /* 16 * 4/16 stays on the bright pixel */
}
